//go:build !windows

package vfs

import "os"

func openFile(path string, flag int) (*os.File, error) { return os.OpenFile(path, flag, fileMode) }

func renameFile(from, to string) error { return os.Rename(from, to) }

func removeFile(path string) error { return os.Remove(path) }

func readDir(path string) ([]os.DirEntry, error) { return os.ReadDir(path) }

func isSymlink(info os.FileInfo) bool { return info.Mode()&os.ModeSymlink != 0 }
