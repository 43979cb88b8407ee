# shellcheck shell=bash
# Running programs of the other architecture: Arm on Intel and the reverse.
# Source common.sh and packages.sh first, then this.

# emulation_name ARCH  What QEMU and the kernel's list call an architecture.
emulation_name() {
    case $1 in
    amd64) echo x86_64 ;;
    arm64) echo aarch64 ;;
    *) die "no such architecture: $1" ;;
    esac
}

# emulation_ready ARCH  True when programs of ARCH run here. The flag F matters: the
# interpreter was opened at registration, so a container need not have it inside.
emulation_ready() {
    [ "$1" = "$(host_arch)" ] && return
    grep -qs '^flags: .*F' "/proc/sys/fs/binfmt_misc/qemu-$(emulation_name "$1")"
}

# emulation_enable ARCH  Make programs of ARCH run here, until the next boot at least.
emulation_enable() {
    emulation_ready "$1" && return
    packages_install emulation
    # systemd's service does this at boot; a container has none.
    [ -e /proc/sys/fs/binfmt_misc/register ] ||
        as_root mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc ||
        die "cannot mount binfmt_misc: does the kernel have it?"
    as_root update-binfmts --enable "qemu-$(emulation_name "$1")" || true
    emulation_ready "$1" || die "could not register QEMU for $1 with the flag F"
}
