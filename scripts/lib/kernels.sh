# Sourced by scripts/vm and scripts/kmod-build, after common.sh: which kernel a
# name stands for.
# shellcheck shell=bash disable=SC2034

# Set KERNEL_KIND (uml, qemu), KERNEL_IMAGE, KERNEL_RELEASE, KERNEL_MODULES (the
# directory that is to be /lib/modules/RELEASE), KERNEL_BUILD (KDIR), KERNEL_CHROOT
# (where KERNEL_BUILD is, if not here) and KERNEL_ARCH; build or fetch the kernel
# if need be.
locate_kernel() {
	KERNEL_CHROOT=
	case $1 in
	debug|bench|gcov) locate_built "$1" uml um ;;
	debug-smp) locate_built "$1" qemu x86_64 ;;
	stock) locate_installed "$(stock_release)" ;;
	6.12|7.2) locate_fetched "$1" ;;
	*) locate_installed "$1" ;;
	esac
}

locate_built() {
	local dir
	dir=$("$TOP/scripts/debug-kernel" "$1") || return
	KERNEL_KIND=$2
	KERNEL_ARCH=$3
	KERNEL_IMAGE=$(readlink -f "$dir/image")
	KERNEL_RELEASE=$(cat "$dir/release")
	KERNEL_MODULES=$dir/modules/lib/modules/$KERNEL_RELEASE
	KERNEL_BUILD=$dir/build
}

locate_installed() {
	KERNEL_KIND=qemu
	KERNEL_ARCH=x86_64
	KERNEL_RELEASE=$1
	KERNEL_IMAGE=/boot/vmlinuz-$1
	KERNEL_MODULES=/lib/modules/$1
	KERNEL_BUILD=/lib/modules/$1/build
	[ -r "$KERNEL_IMAGE" ] || { say "no kernel $KERNEL_IMAGE"; return 1; }
}

# scripts/deps unpacks these below the cache and never installs them.
locate_fetched() {
	local dir
	dir=$("$TOP/scripts/deps" --kernel "$1") || return
	KERNEL_KIND=qemu
	KERNEL_ARCH=x86_64
	KERNEL_RELEASE=$(cat "$dir/release")
	KERNEL_IMAGE=$dir/boot/vmlinuz-$KERNEL_RELEASE
	KERNEL_MODULES=$dir/lib/modules/$KERNEL_RELEASE
	KERNEL_BUILD=$dir/build
	if [ -d "$dir/chroot" ]; then
		KERNEL_CHROOT=$dir/chroot
		KERNEL_BUILD=/usr/src/linux-headers-$KERNEL_RELEASE
	fi
}

# What a QEMU guest needs before it has a root; a kernel that was built here has
# all of it built in.
INITRAMFS_MODULES='virtio_pci 9pnet_virtio 9p overlay'

# make_initramfs FILE: busybox, scripts/vm.d/qemu-init, and those modules.
# Kept per kernel, as compressing and packing takes a second.
make_initramfs() {
	local kept dir
	kept=$CACHE/initramfs/$KERNEL_RELEASE-$(initramfs_key)
	if [ ! -e "$kept" ]; then
		mkdir -p "$CACHE/initramfs"
		dir=$(mktemp -d "$CACHE/initramfs/make.XXXXXX")
		fill_initramfs "$dir"
		( cd "$dir" && find . | cpio -o -H newc --quiet ) >"$kept.$$"
		rm -rf "$dir"
		mv "$kept.$$" "$kept"
	fi
	ln "$kept" "$1" 2>/dev/null || cp "$kept" "$1"
}

initramfs_key() {
	{
		cat "$TOP/scripts/vm.d/qemu-init" "$KERNEL_MODULES/modules.dep"
		stat -c %Y "$KERNEL_MODULES/modules.dep"
	} | sha256sum | cut -c 1-12
}

fill_initramfs() {
	local dir=$1 file root=${KERNEL_MODULES%/lib/modules/*}
	mkdir -p "$dir"/{bin,dev,proc,lib/modules,lower,rw,root}
	cp "$(command -v busybox)" "$dir/bin/busybox"
	install -m 755 "$TOP/scripts/vm.d/qemu-init" "$dir/init"
	# shellcheck disable=SC2086
	/sbin/modprobe -a -d "${root:-/}" -S "$KERNEL_RELEASE" --show-depends \
		$INITRAMFS_MODULES 2>/dev/null |
		sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' |
	while read -r file; do
		cp "$file" "$dir/lib/modules/"
		echo "${file##*/}"
	done >"$dir/modules"
}
