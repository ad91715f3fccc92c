# SPDX-License-Identifier: GPL-2.0
# "make help" lists what can be made.

KVER ?= $(shell uname -r)
KDIR ?= $(shell scripts/kdir $(KVER))

DESTDIR ?=
PREFIX ?= /usr
SBINDIR ?= $(PREFIX)/sbin
MANDIR ?= $(PREFIX)/share/man
UNITDIR ?= /lib/systemd/system
MODPROBEDIR ?= /etc/modprobe.d
INCLUDEDIR ?= $(PREFIX)/include
# The release whose modules directory "make install" fills: what the module was
# built for (Debian's kernel.release names another).
KRELEASE = $(firstword $(shell /sbin/modinfo -F vermagic kmod/tcm_iscsi.ko 2>/dev/null))
MODDIR = /lib/modules/$(KRELEASE)/updates
# (git says nothing to root of a tree that is somebody else's, unless told that it may.)
VERSION := $(shell git -c safe.directory='$(CURDIR)' describe --always --dirty 2>/dev/null || echo 0)
DKMSDIR = /usr/src/tcm_iscsi-$(VERSION)
TGT_NAMES = $(foreach dir,$(SBINDIR) $(PREFIX)/share/bash-completion/completions,\
	$(DESTDIR)$(dir)/tgtadm $(DESTDIR)$(dir)/tgt-admin)

CLI := userspace/targetcli-lite
MAN8 = $(wildcard docs/man/*.8)
# Directories that have a runner of their own, once they exist.
run-if-there = @if [ -x $(1) ]; then $(1) $(2); else echo "$@: nothing yet: no $(1)"; exit 1; fi

.DEFAULT_GOAL := all
.PHONY: all modules userspace deps install install-modules install-modprobe install-userspace
.PHONY: install-dkms install-tgt-names
.PHONY: uninstall demo check kernels soak fuzz bench run lint clean help

all: modules userspace		## build the module and the program

modules:			## build kmod/tcm_iscsi.ko [KDIR=kernel build directory]
	$(MAKE) -C $(KDIR) M=$(CURDIR) TI_VERSION=$(VERSION) modules

userspace:			## build userspace/targetcli-lite/targetcli-lite
	$(MAKE) -C $(CLI) all

deps:				## install with apt what building and testing need
	@scripts/deps

install: install-modules install-userspace	## install all of it [DESTDIR=, PREFIX=/usr]

install-modules: modules install-modprobe
	install -D -m 644 kmod/tcm_iscsi.ko $(DESTDIR)$(MODDIR)/tcm_iscsi.ko
	strip --strip-debug $(DESTDIR)$(MODDIR)/tcm_iscsi.ko
	[ -n "$(DESTDIR)" ] || /sbin/depmod $(KRELEASE)

install-modprobe:
	install -D -m 644 packaging/modprobe.conf $(DESTDIR)$(MODPROBEDIR)/tcm_iscsi.conf

# In the place of install-modules. DKMS has one version of it at a time.
install-dkms: install-modprobe install-userspace	## all, and the module anew for each new kernel
	[ -n "$(DESTDIR)" ] || packaging/dkms-remove
	# What install-modules put there would be found first.
	rm -f $(DESTDIR)/lib/modules/*/updates/tcm_iscsi.ko
	install -d $(DESTDIR)$(DKMSDIR)
	find Kbuild kmod include \( -name '*.[ch]' ! -name '*.mod.c' -o -name Kbuild \) \
		-exec cp --parents -t $(DESTDIR)$(DKMSDIR) {} +
	sed 's|@VERSION@|$(VERSION)|' packaging/dkms.conf >$(DESTDIR)$(DKMSDIR)/dkms.conf
	[ -n "$(DESTDIR)" ] || dkms install tcm_iscsi/$(VERSION)

install-userspace:
	$(MAKE) -C $(CLI) install DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) SBINDIR=$(SBINDIR)
	install -D -m 644 include/uapi/linux/tcm_iscsi.h \
		$(DESTDIR)$(INCLUDEDIR)/linux/tcm_iscsi.h
	install -d $(DESTDIR)$(UNITDIR)
	sed 's|@SBINDIR@|$(SBINDIR)|' packaging/targetcli-lite-restore.service \
		>$(DESTDIR)$(UNITDIR)/targetcli-lite-restore.service
	# Target core keeps persistent reservations there, or refuses them.
	install -d -m 700 $(DESTDIR)/etc/target/pr $(DESTDIR)/etc/target/alua
	$(foreach page,$(MAN8),install -D -m 644 $(page) \
		$(DESTDIR)$(MANDIR)/man8/$(notdir $(page)) &&) true

install-tgt-names:		## the program as tgtadm and tgt-admin, too
	$(MAKE) -C $(CLI) install-tgt-names DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) SBINDIR=$(SBINDIR)

uninstall:			## remove what install installed, for every kernel
	rm -f $(DESTDIR)/lib/modules/*/updates/tcm_iscsi.ko $(DESTDIR)$(MODPROBEDIR)/tcm_iscsi.conf
	systemctl -q --root=$(DESTDIR)/ disable targetcli-lite-restore.service 2>/dev/null || true
	rm -f $(DESTDIR)$(UNITDIR)/targetcli-lite-restore.service
	rm -f $(DESTDIR)$(INCLUDEDIR)/linux/tcm_iscsi.h
	rm -f $(addprefix $(DESTDIR)$(MANDIR)/man8/,$(notdir $(MAN8)))
	rm -f $(DESTDIR)$(SBINDIR)/targetcli-lite $(DESTDIR)$(MANDIR)/man8/targetcli-lite.8
	rm -f $(DESTDIR)$(PREFIX)/share/bash-completion/completions/targetcli-lite
	for name in $(TGT_NAMES); do \
		[ "$$(readlink $$name)" != targetcli-lite ] || rm $$name; done
	[ -n "$(DESTDIR)" ] || packaging/dkms-remove
	rm -rf $(DESTDIR)/usr/src/tcm_iscsi-*
	[ -n "$(DESTDIR)" ] || /sbin/depmod -a

demo: deps			## show it: a guest, the module, open-iscsi, a file system
	@$(MAKE) -s userspace
	@scripts/vm --kernel stock --cpus 2 -- tests/demo/run

check: deps			## run all tests [GROUPS=unit cli …]
	@tests/run $(GROUPS)

kernels:			## build for, and smoke-test in, 6.1, 6.12 and 7.2
	@tests/run smoke-stock smoke-6.12 smoke-7.2

soak:				## fuzzers, races and power cuts for a time [TIME=seconds]
	$(call run-if-there,tests/soak/run,$(TIME))

fuzz:				## the pure files under a fuzzer [TIME=seconds for each]
	$(call run-if-there,tests/fuzz/run,$(TIME))

bench:				## this module, LIO and tgt in one run
	$(call run-if-there,tests/bench/run)

run:				## export DISK=FILE on 127.0.0.1:3260 until interrupted
	@[ -n "$(DISK)" ] || { echo "usage: make run DISK=FILE"; exit 2; }
	@scripts/appliance $(DISK)

lint:				## W=1, sparse, checkpatch, kernel-doc
	@tests/run lint

clean:				## remove what was built (not the cached test kernels)
	[ ! -e $(CLI)/Makefile ] || $(MAKE) -C $(CLI) clean
	[ ! -e tests/unit/Makefile ] || $(MAKE) -C tests/unit clean
	find kmod tests/kunit -name '*.o' -o -name '*.ko' -o -name '*.mod' -o \
		-name '*.mod.c' -o -name '.*.cmd' -o -name '*.o.d' 2>/dev/null | xargs -r rm -f
	rm -rf build Module.symvers modules.order .modules.order.cmd .Module.symvers.cmd \
		kmod/modules.order kmod/Module.symvers .tmp_versions

help:				## this list
	@echo "make TARGET, where TARGET is:"
	@sed -n 's/^\([a-z-]*\):[^#]*##[ ]*/\1\t/p' $(MAKEFILE_LIST) | \
		awk -F '\t' '{ printf "  %-18s %s\n", $$1, $$2 }'
