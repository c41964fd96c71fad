package kernel

import (
	"sync"
	"syscall"
)

// tilesGranted asks Linux for the use of tiles, once: their eight kilobytes a thread are not given
// unasked. All threads have them then, or none.
var tilesGranted = sync.OnceValue(func() bool {
	const requestPermission, tileData = 0x1023, 18 // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
	_, _, no := syscall.RawSyscall(syscall.SYS_ARCH_PRCTL, requestPermission, tileData, 0)
	return no == 0
})
