#!/usr/bin/env bash
# Fetches a copy of web-platform-tests into a folder and prints where it lies: the folders of it that are about what a
# VM has. Needs Debian 12 or 13, 820 MB to download and two minutes. A second call finds what the first one fetched.
#
#     SNAPJS_WPT=$(tests/conformance/fetch_wpt.sh ~/wpt)
#
# The source packages of browsers have the whole suite. That of Thunderbird in Debian 13 has the copy of version 140,
# of June 2025, but for some files of WebCryptoAPI, which come from the older copy in the source package of Node.js.
set -euo pipefail
. "$(dirname "$0")/debian_source.sh"

thunderbird=140.12.0
thunderbird_sha256=93259df9405dcff32ec3b0b5a554b12820935321e0bfd9fd468114d33168ee8e
node=20.19.2
node_sha256=5e5559381ad031d245a8efa403458abbb73755f74c3e6380f185a4dd342b7949

parts=(LICENSE.md common interfaces resources media/{foo.vtt,test-av-384k-44100Hz-1ch-320x240-30fps-10kfr.webm}
  FileAPI WebCryptoAPI compression console dom encoding fetch hr-time html/webappapis mimesniff performance-timeline
  streams url urlpattern user-timing webidl webmessaging xhr)
missing=(derive_bits_keys/ecdh_{bits,keys}.js encrypt_decrypt/{aes_ctr,rsa}_vectors.js
  sign_verify/{ecdsa,hmac,rsa_pkcs,rsa_pss}_vectors.js)

content="$thunderbird_sha256 $node_sha256"
folder=$(realpath -m "${1:?name the folder to fetch into}")
if ! has_suite "$folder" "$content"; then
  begin_suite "$folder" "$content"
  unpack_source thunderbird "thunderbird_${thunderbird}esr.orig.tar.xz" "$thunderbird_sha256" 4 \
    "${parts[@]/#/thunderbird-$thunderbird/testing/web-platform/tests/}"
  unpack_source nodejs "nodejs_$node+dfsg.orig.tar.xz" "$node_sha256" 4 \
    "${missing[@]/#/node-v$node/test/fixtures/wpt/WebCryptoAPI/}"
  end_suite
fi
echo "$folder"
