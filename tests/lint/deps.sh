#!/bin/sh
# Finds what the build (or, with "test", the tests too) needs and installs what
# is missing from Debian, saying what. Needs root or sudo only if something is missing.
set -eu
missing=""
tool() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
lib() { command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "$1" 2>/dev/null || missing="$missing $2"; }

tool cc gcc
tool gcc gcc
tool pkg-config pkg-config
[ -e /usr/include/stdio.h ] || missing="$missing libc6-dev"
[ -e /usr/share/zoneinfo/America/Chicago ] || missing="$missing tzdata"
lib libsodium libsodium-dev
lib sqlite3 libsqlite3-dev
lib libarchive libarchive-dev
lib libzstd libzstd-dev
lib libcrypto libssl-dev
lib libutf8proc libutf8proc-dev
if [ "${1:-build}" = test ]; then
    lib cmocka libcmocka-dev
    tool age age
    tool jq jq
    tool minisign minisign
    tool zstd zstd
    tool sqlite3 sqlite3
    tool strace strace
    tool xxd xxd
    tool openssl openssl
fi
[ -n "$missing" ] || exit 0

echo "missing from this system:$missing"
if [ "$(id -u)" = 0 ]; then run=""; elif command -v sudo >/dev/null 2>&1; then run="sudo"; else
    echo "as root: apt-get install$missing" >&2
    exit 3
fi
echo "installing with apt-get:$missing"
export DEBIAN_FRONTEND=noninteractive
$run apt-get update -q >/dev/null
# shellcheck disable=SC2086
$run apt-get install -y -q --no-install-recommends $missing >/dev/null
