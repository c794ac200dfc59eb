// task.run_on with Go: two goroutines, each locked to its thread and the thread
// bound to a processor, hand a call over and back through channels. The setting
// is the capacity of the channels.
//
// The protocol is the one of contestant.h, the proof the one of proof.h.
//
// SPDX-License-Identifier: Apache-2.0
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

type desk struct {
	call, answer chan uint64
	runs         uint64 // the partner's; the caller reads it between batches
}

func fail(text string) {
	fmt.Println("fail " + text)
	os.Exit(1)
}

// pin locks the calling goroutine to its thread and binds the thread to one processor.
func pin(cpu int) {
	var mask [16]uint64

	runtime.LockOSThread()
	mask[cpu/64] = 1 << (cpu % 64)
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0,
		unsafe.Sizeof(mask), uintptr(unsafe.Pointer(&mask)))
	if errno != 0 {
		fail("a thread cannot be bound to its processor")
	}
}

func (d *desk) partner(cpu int) {
	pin(cpu)
	for round := range d.call {
		d.runs++
		d.answer <- round
	}
}

func (d *desk) batch(ops uint64) time.Duration {
	begin := time.Now()
	for i := uint64(0); i < ops; i++ {
		d.call <- i
		if <-d.answer != i {
			fail("an answer belongs to another call")
		}
	}
	return time.Since(begin)
}

// filling gives the operations that take a little more than want at best nanoseconds each.
func filling(want time.Duration, best float64) uint64 {
	return uint64(1.1*float64(want)/best) + 1
}

func lower(best float64, took time.Duration, ops uint64) float64 {
	each := float64(took) / float64(ops)
	if each < best {
		return each
	}
	return best
}

func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb
	return x ^ (x >> 31)
}

func (d *desk) turn(want time.Duration, seed uint64) {
	ops := uint64(1)
	best := lower(float64(want), d.batch(ops), ops)
	for float64(ops)*best < float64(want)/4 {
		ops *= 8
		best = lower(best, d.batch(ops), ops)
	}
	ops = filling(want, best)
	before := d.runs
	took := d.batch(ops)
	for took < want {
		best = lower(best, took, ops)
		ops = filling(want, best)
		before = d.runs
		took = d.batch(ops)
	}
	fmt.Println("done", ops, took.Nanoseconds(), mix(mix(d.runs-before+seed)+1))
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: SETTING CPU[,CPU...] ELEMENTS; versus runs this program")
		os.Exit(2)
	}
	cpus := strings.Split(os.Args[2], ",")
	if len(cpus) < 2 {
		fail("caller and partner need two processors")
	}
	capacity := 0
	if os.Args[1] == "buffered" {
		capacity = 1
	}
	d := &desk{call: make(chan uint64, capacity), answer: make(chan uint64, capacity)}
	first, _ := strconv.Atoi(cpus[0])
	second, _ := strconv.Atoi(cpus[1])
	go d.partner(second)
	pin(first)
	d.batch(1)
	fmt.Println("ready", strings.TrimPrefix(runtime.Version(), "go"))
	commands := bufio.NewScanner(os.Stdin)
	for commands.Scan() {
		var want int64
		var seed uint64
		if _, err := fmt.Sscanf(commands.Text(), "turn %d %d", &want, &seed); err != nil {
			fail("not a command")
		}
		d.turn(time.Duration(want), seed)
	}
}
