// Package invariants checks what must always hold, in builds with the tag invariants or with the
// race detector. In all other builds its functions are empty and cost nothing.
package invariants
