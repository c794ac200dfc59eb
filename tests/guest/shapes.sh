# shellcheck shell=sh
# The machines that the guest tests boot. Sourced by guest_test.sh.
#
# shape_machine SHAPE prints QEMU's options. Every shape has 4 nodes with two
# processors each, one socket per node, and these distances:
#
#         0   1   2   3
#     0  10  12  20  31
#     1  12  10  24  20
#     2  20  24  10  12
#     3  31  20  12  10
#
#   numa4        384 MB per node
#   memory-only  and a fifth node with memory and no processors, like CXL memory
#   starved      node 3 has 64 MB only
#
# SPDX-License-Identifier: Apache-2.0

# node NUMBER MEGABYTES: a node with the processors 2 * NUMBER and 2 * NUMBER + 1.
shape_node() {
	echo "-object memory-backend-ram,id=m$1,size=$2M"
	echo "-numa node,nodeid=$1,cpus=$((2 * $1))-$((2 * $1 + 1)),memdev=m$1,initiator=$1"
	echo "-numa hmat-lb,initiator=$1,target=$1,hierarchy=memory,data-type=access-latency,latency=90"
	echo "-numa hmat-lb,initiator=$1,target=$1,hierarchy=memory,data-type=access-bandwidth,bandwidth=100G"
}

shape_distances() {
	echo "-numa dist,src=0,dst=1,val=12 -numa dist,src=0,dst=2,val=20 -numa dist,src=0,dst=3,val=31"
	echo "-numa dist,src=1,dst=2,val=24 -numa dist,src=1,dst=3,val=20 -numa dist,src=2,dst=3,val=12"
}

shape_machine() {
	extra=
	last=384
	total=1536
	case $1 in
	numa4) ;;
	memory-only)
		total=1792
		extra="-object memory-backend-ram,id=m4,size=256M
			-numa node,nodeid=4,memdev=m4,initiator=0
			-numa hmat-lb,initiator=0,target=4,hierarchy=memory,data-type=access-latency,latency=250
			-numa hmat-lb,initiator=0,target=4,hierarchy=memory,data-type=access-bandwidth,bandwidth=25G
			-numa dist,src=0,dst=4,val=17 -numa dist,src=1,dst=4,val=28
			-numa dist,src=2,dst=4,val=28 -numa dist,src=3,dst=4,val=28"
		;;
	starved)
		last=64
		total=1216
		;;
	*)
		echo "no such shape: $1" >&2
		return 1
		;;
	esac
	echo "-machine q35,hmat=on,accel=tcg -cpu max -m ${total}M"
	echo "-smp 8,sockets=4,cores=2,threads=1"
	shape_node 0 384
	shape_node 1 384
	shape_node 2 384
	shape_node 3 $last
	shape_distances
	echo "$extra"
}
