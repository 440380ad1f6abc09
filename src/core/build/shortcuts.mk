# Read by make(1) before a module's Makefiles, by MAKEFILES.

# Some Makefiles take the first of the list for themselves.
MAKEFILE_LIST :=

# Only kbuild's own makes take notice, and only where gcc compiles: it spends some tenth of its time on the way by
# which each word has come out of macros, which only its messages tell. Its name says what it is, not cc-option: that
# answers no as well while a disk is full, and the module would be another one.
ifneq (,$(or $(KBUILD_EXTMOD),$(wildcard include/config/auto.conf)))
ifeq (,$(findstring -ftrack-macro-expansion,$(KCFLAGS)))
KCFLAGS += $(if $(findstring gcc,$(notdir $(CC))),-ftrack-macro-expansion=0)
endif
endif
