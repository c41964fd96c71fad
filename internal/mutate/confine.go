//go:build linux || darwin

package main

import (
	"os/exec"
	"syscall"
)

// confine bounds the memory of this process and of every one that it starts: a changed loop may
// fill all there is before its time is over.
func confine() {
	const bytesMax = 6 << 30
	var was syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_DATA, &was) == nil && was.Cur > bytesMax {
		was.Cur = bytesMax
		_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &was) // without it the time still ends the loop
	}
}

// ownGroup lets the end of a command's time end what it has started too.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
