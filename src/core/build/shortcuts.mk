# Read by make(1) before a module's Makefiles, by MAKEFILES.

# Some Makefiles take the first of the list for themselves.
MAKEFILE_LIST :=

# Only kbuild's own makes take notice, and only where its compiler does: gcc spends some tenth of its time on
# the way by which each word has come out of macros, which only its messages tell.
ifneq (,$(or $(KBUILD_EXTMOD),$(wildcard include/config/auto.conf)))
ifeq (,$(findstring -ftrack-macro-expansion,$(KCFLAGS)))
# Asked at its first use, since cc-option is yet to come; once, since make(1) works out what it exports for each command.
kmodsmith-quick = $(if $(filter-out undefined,$(origin cc-option)),$(eval kmodsmith-quick := $(call cc-option,-ftrack-macro-expansion=0))$(kmodsmith-quick))
KCFLAGS += $(kmodsmith-quick)
endif
endif
