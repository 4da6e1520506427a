// Package hugepage asks the system for huge pages under large tables that are read at random. With
// the usual pages of 4 KB a processor knows where some thousands of them are; each access to
// another one takes it several more to find out, and most of all in a virtual machine.
package hugepage

import "unsafe"

// Size is the size of a huge page, in bytes, on most processors.
const Size = 2 << 20

// Advise asks for huge pages under elements that have been allocated and not been used yet, as far
// as they fill such pages. It has no effect but on time, and none at all on other systems than
// Linux, nor where its administrator has decided on huge pages for all memory or for none.
func Advise[E any](elements []E) {
	start := unsafe.Pointer(unsafe.SliceData(elements))
	before := -uintptr(start) % Size
	if size := uintptr(len(elements)) * unsafe.Sizeof(*new(E)); size >= before+Size {
		advise(unsafe.Slice((*byte)(unsafe.Add(start, before)), (size-before)&^(Size-1)))
	}
}
