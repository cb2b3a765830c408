# Functions for the scripts that fetch a suite out of source packages of Debian. No package registry has the suites by
# themselves. They need Debian 12 or 13.

# has_suite FOLDER CONTENT: whether the folder has what a script has fetched under this name of its content.
has_suite() {
  [ "$(cat "$1/.fetched" 2>/dev/null)" = "$2" ]
}

# begin_suite FOLDER CONTENT: in a new folder beside this one, prepares to fetch what goes into `suite` there.
begin_suite() {
  target=$1 content=$2
  if [ -e "$target" ] && [ ! -e "$target/.fetched" ] && [ -n "$(ls -A "$target")" ]; then
    echo "$target has something else in it: remove it, or name another folder" >&2
    exit 1
  fi
  mkdir -p "$(dirname "$target")"
  # beside the folder, so that the copy comes to its place whole, by a rename
  work=$(mktemp -d "$target.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  # a signal then waits for the command that runs, which would go on writing there
  trap 'exit 1' HUP INT TERM
  cd "$work"
  mkdir -p lists/partial cache suite

  # the machine's own mirror of Debian, asked for the sources of Debian 13
  . /etc/os-release
  awk -v RS= "/\nSuites: $VERSION_CODENAME[ \n]/" /etc/apt/sources.list.d/debian.sources |
    sed -e 's/^Types:.*/Types: deb-src/' -e "s/^Suites:.*/Suites: trixie/" >mirror.sources
  apt=(apt-get -qq -o "Dir::Etc::sourcelist=$work/mirror.sources" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root)
  "${apt[@]}" update >&2
}

# unpack_source PACKAGE ARCHIVE SHA256 DEPTH PATTERN...: unpacks what the patterns name in an archive of a source
# package, without the first DEPTH parts of the paths.
unpack_source() {
  local package=$1 archive=$2 sha256=$3 depth=$4
  shift 4
  # of any revision of the package: the archive in it stays the same
  "${apt[@]}" source --download-only --tar-only --only-source "$package" >&2
  echo "$sha256  $archive" | sha256sum --check --quiet >&2
  tar -I 'xz -dT2' -xf "$archive" -C suite --no-same-owner --strip-components="$depth" --wildcards "$@"
}

# end_suite: brings the suite to its place.
end_suite() {
  echo "$content" >suite/.fetched
  # what the script fetched when it named another archive
  [ ! -e "$target/.fetched" ] || mv -T "$target" old
  mv -T suite "$target"
}
