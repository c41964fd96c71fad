package pages

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

func allocate(size int) ([]byte, bool, func([]byte) error, error) {
	address, err := windows.VirtualAlloc(0, uintptr(size), windows.MEM_COMMIT|windows.MEM_RESERVE, windows.PAGE_READWRITE)
	if err != nil {
		return nil, false, nil, fmt.Errorf("allocate %d bytes of memory: %w", size, err)
	}
	start := *(*unsafe.Pointer)(unsafe.Pointer(&address)) // an address outside Go's heap
	locked := windows.VirtualLock(address, uintptr(size)) == nil
	free := func([]byte) error { return windows.VirtualFree(address, 0, windows.MEM_RELEASE) }
	return unsafe.Slice((*byte)(start), size), locked, free, nil
}
