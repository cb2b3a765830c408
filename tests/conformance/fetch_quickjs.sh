#!/usr/bin/env bash
# Fetches the tests and examples of QuickJS into a folder and prints where it lies. Needs Debian 12 or 13, 600 KB to
# download and seconds. A second call finds what the first one fetched.
#
#     SNAPJS_QUICKJS=$(tests/conformance/fetch_quickjs.sh ~/quickjs-scripts)
#
# No package has those of QuickJS-NG. These are the ones that they began as, and have gone on since.
set -euo pipefail
. "$(dirname "$0")/debian_source.sh"

version=2025.04.26
sha256=ec81da5b3249ed648dbc7df4a1654988910e66a118d9b71cb63534216efcfbbe

folder=$(realpath -m "${1:?name the folder to fetch into}")
if ! has_suite "$folder" "$sha256"; then
  begin_suite "$folder" "$sha256"
  unpack_source quickjs "quickjs_$version.orig.tar.xz" "$sha256" 1 quickjs-$version/{tests,examples}
  end_suite
fi
echo "$folder"
