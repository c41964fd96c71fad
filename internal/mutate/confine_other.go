//go:build !linux && !darwin

package main

import "os/exec"

// confine does nothing here: the time ends a loop that never does.
func confine() {}

// ownGroup does nothing here: the tests are ended alone.
func ownGroup(*exec.Cmd) {}
