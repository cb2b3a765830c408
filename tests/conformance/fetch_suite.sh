#!/usr/bin/env bash
# Fetches a copy of test262 into a folder and prints where it lies. Needs Debian 12 or 13, 170 MB to download and half
# a minute. A second call finds what the first one fetched.
#
#     SNAPJS_TEST262=$(tests/conformance/fetch_suite.sh ~/test262)
#
# No package registry has the suite by itself. The source package of SpiderMonkey in Debian 13 has the copy that its
# version 128 is tested with: that of 14 April 2024. Packages with newer copies are replaced by every security update.
set -euo pipefail

release=trixie
package=mozjs128
version=128.14.0
sha256=41cca35149710ce45fbabc5fefcf86a01fdf833fdb783941964fca3a55fb72dd
inside=firefox-$version/js/src/tests/test262

folder=$(realpath -m "${1:?name the folder to fetch into}")
if [ "$(cat "$folder/.fetched" 2>/dev/null)" != "$sha256" ]; then
  if [ -e "$folder" ] && [ ! -e "$folder/.fetched" ] && [ -n "$(ls -A "$folder")" ]; then
    echo "$folder has something else in it: remove it, or name another folder" >&2
    exit 1
  fi
  mkdir -p "$(dirname "$folder")"
  # beside the folder, so that the copy comes to its place whole, by a rename
  work=$(mktemp -d "$folder.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  # a signal then waits for the command that runs, which would go on writing there
  trap 'exit 1' HUP INT TERM
  cd "$work"
  mkdir -p lists/partial cache suite

  # the machine's own mirror of Debian, asked for the sources of that release
  . /etc/os-release
  awk -v RS= "/\nSuites: $VERSION_CODENAME[ \n]/" /etc/apt/sources.list.d/debian.sources |
    sed -e 's/^Types:.*/Types: deb-src/' -e "s/^Suites:.*/Suites: $release/" >mirror.sources
  apt=(apt-get -qq -o "Dir::Etc::sourcelist=$work/mirror.sources" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root)
  "${apt[@]}" update >&2
  # of any revision of the package: the archive in it stays the same
  "${apt[@]}" source --download-only --tar-only --only-source "$package" >&2

  archive=${package}_$version.orig.tar.xz
  echo "$sha256  $archive" | sha256sum --check --quiet >&2
  tar -xJf "$archive" -C suite --no-same-owner --strip-components=5 "$inside"
  echo "$sha256" >suite/.fetched
  # what this script fetched when it named another archive
  [ ! -e "$folder/.fetched" ] || mv -T "$folder" old
  mv -T suite "$folder"
fi
echo "$folder"
