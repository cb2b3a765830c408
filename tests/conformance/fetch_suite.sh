#!/usr/bin/env bash
# Fetches a copy of test262 into a folder and prints where it lies. Needs Debian 12 or 13, 170 MB to download and half
# a minute. A second call finds what the first one fetched.
#
#     SNAPJS_TEST262=$(tests/conformance/fetch_suite.sh ~/test262)
#
# The source package of SpiderMonkey in Debian 13 has the copy that its version 128 is tested with: that of 14 April
# 2024. Packages with newer copies are replaced by every security update.
set -euo pipefail
. "$(dirname "$0")/debian_source.sh"

version=128.14.0
sha256=41cca35149710ce45fbabc5fefcf86a01fdf833fdb783941964fca3a55fb72dd

folder=$(realpath -m "${1:?name the folder to fetch into}")
if ! has_suite "$folder" "$sha256"; then
  begin_suite "$folder" "$sha256"
  unpack_source mozjs128 "mozjs128_$version.orig.tar.xz" "$sha256" 5 "firefox-$version/js/src/tests/test262"
  end_suite
fi
echo "$folder"
