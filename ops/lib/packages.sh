# shellcheck shell=bash
# Which Debian packages Leat needs, by purpose, and how they get installed.
# Source common.sh first, then this.
#
#   packages_missing build test     prints what is not there, one a line
#   packages_install build test     installs it

# package_list PURPOSE  Print PURPOSE's packages. "package/program": a PROGRAM in
# PATH will do as well, wherever it came from.
package_list() {
    case $1 in
    build)
        echo "gcc/cc libc6-dev cmake/cmake ninja-build/ninja pkg-config/pkg-config python3/python3
            libevent-dev libssl-dev libcurl4-openssl-dev librdkafka-dev libhiredis-dev
            libsqlite3-dev libmsgpack-dev libjansson-dev libinih-dev uthash-dev"
        ;;
    run)
        echo "redis-server/redis-server runc/runc btrfs-progs/mkfs.btrfs iproute2/ip
            iptables/iptables containernetworking-plugins util-linux kmod mount openssl/openssl
            ca-certificates"
        ;;
    builders) echo golang-go/go ca-certificates ;;
    kafka) echo openjdk-17-jre-headless/java maven/mvn openssl/openssl ;;
    base) echo apt dpkg xz-utils ;;
    emulation) echo qemu-user-static binfmt-support ;;
    test)
        echo "libcmocka-dev clang/clang libclang-rt-14-dev clang-format/clang-format clang-tidy/clang-tidy
            python3/python3 docker-registry/docker-registry shellcheck/shellcheck"
        ;;
    *) die "packages: no such purpose: $1" ;;
    esac
}

# package_present PACKAGE[/PROGRAM]  True when it needs no installing.
package_present() {
    case $1 in
    */*) PATH=$PATH:/usr/sbin:/sbin command -v "${1#*/}" >/dev/null && return ;;
    esac
    [ "$(dpkg-query -W -f '${db:Status-Status}' "${1%/*}" 2>/dev/null)" = installed ]
}

# packages_missing PURPOSE...  Print the packages that are not there, one a line.
packages_missing() {
    local list='' purpose package
    for purpose; do list+=" $(package_list "$purpose")" || return; done
    for package in $list; do
        package_present "$package" || printf '%s\n' "${package%/*}"
    done | sort -u
}

# as_root COMMAND...  Run it as root, by sudo only where that is needed.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# packages_install PURPOSE...  Install what is missing; quick when nothing is.
packages_install() {
    local missing log
    missing=$(packages_missing "$@") || return
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086  # a list of words
    set -- $missing
    command -v apt-get >/dev/null || die "this is not Debian or Ubuntu; install the equals of: $*"
    say "installing $# Debian packages: $*"
    log=$(mktemp)
    {
        as_root apt-get update -q || say "apt-get update failed: trying with the lists there are"
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -q -y --no-install-recommends "$@"
    } >"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        rm -f "$log"
        die "apt-get could not install them (above: the end of what it said)"
    }
    rm -f "$log"
    packages_quiet "$@"
}

# packages_quiet PACKAGE...  Of packages just installed, stop the services that
# Debian starts with them: Leat runs its own on private sockets. Without systemd
# (a container) none was started.
packages_quiet() {
    local package
    [ -d /run/systemd/system ] || return 0
    for package; do
        case $package in
        redis-server | docker-registry)
            say "stopping the $package service that came with the package"
            as_root systemctl disable --now --quiet "$package"
            ;;
        esac
    done
}
