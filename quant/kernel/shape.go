package kernel

import "fmt"

// ShapeError says that the arguments of a kernel do not fit each other. Nothing was computed.
type ShapeError struct {
	Kernel string // which kernel
	What   string // which argument, in words
	Got    int
	Want   int // the least, or the only, right value
}

// Error implements error.
func (e *ShapeError) Error() string {
	return fmt.Sprintf("kernel %s: %s is %d, must be %d", e.Kernel, e.What, e.Got, e.Want)
}

// atLeast checks a length that may be larger than needed.
func atLeast(k Kernel, what string, got, want int) error {
	if got < want {
		return &ShapeError{k.String(), what, got, want}
	}
	return nil
}

// exactly checks a length that must agree.
func exactly(k Kernel, what string, got, want int) error {
	if got != want {
		return &ShapeError{k.String(), what, got, want}
	}
	return nil
}

// firstError returns the first error there is.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
