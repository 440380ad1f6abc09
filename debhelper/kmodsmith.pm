# The debhelper sequence "kmodsmith": Build-Depends: dh-sequence-kmodsmith.
use strict;
use warnings;
use Debian::Debhelper::Dh_Lib;

# Snippets of postinst come in the order of the calls, those of prerm in the other: so modules are there before services
# start that use them, and go after they have been stopped.
insert_before('dh_installinit', 'dh_kmodsmith');

1;
