//go:build undefended

package defence

import "os"

var without = Name(os.Getenv("SLUICE_WITHOUT"))

// Stands tells whether a defence is in place: all but the one that SLUICE_WITHOUT names.
func Stands(n Name) bool { return n != without }
