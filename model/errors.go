package model

import (
	"errors"
	"fmt"
)

// What can be wrong with the files of a model. Every error about their content matches one of
// these.
var (
	// ErrDamaged: bytes that no writer of the format makes: cut short, overwritten, or made to
	// harm.
	ErrDamaged = errors.New("damaged: get the file again")
	// ErrUnsupported: a sound file of a kind that is not run here.
	ErrUnsupported = errors.New("not supported")
	// ErrNoModel: nothing at that place is a model.
	ErrNoModel = errors.New("no model")
)

// FileError says what is wrong with one file of a model.
type FileError struct {
	File string
	What string
	Kind error // ErrDamaged, ErrUnsupported or ErrNoModel
}

// Error implements error.
func (e *FileError) Error() string { return fmt.Sprintf("%s: %s: %v", e.File, e.What, e.Kind) }

// Unwrap makes errors.Is tell the kinds apart.
func (e *FileError) Unwrap() error { return e.Kind }

func damaged(file, format string, args ...any) error {
	return &FileError{file, fmt.Sprintf(format, args...), ErrDamaged}
}

func unsupported(file, format string, args ...any) error {
	return &FileError{file, fmt.Sprintf(format, args...), ErrUnsupported}
}

// asDamaged gives an error of a parser the file that it is about, and leaves ours as they are.
func asDamaged(file, what string, err error) error {
	var ours *FileError
	if errors.As(err, &ours) {
		return err
	}
	return damaged(file, "%s (%v)", what, err)
}
