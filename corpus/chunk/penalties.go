package chunk

// Penalties of a cut at the start of a line, added up. What matters is their order: a passage of
// the wrong size costs at most about 70 (300 where it is tiny), so nothing from penaltyBody on is
// ever cut for the sake of size alone, and what is worse is cut only where what is better leaves
// more than a passage.
const (
	// Where a line stands.
	penaltyType  = 150 // inside a type, class, trait or impl
	penaltyBody  = 350 // inside a function or an initialiser
	penaltyNest  = 120 // inside each block in it
	penaltyParen = 250 // inside parentheses
	penaltyDeep  = 1300

	penaltyParams = 520 // inside the parentheses of a declaration

	// How it starts.
	penaltyTight  = 30  // no blank line before it,
	penaltyDense  = 30  // more so in a body
	penaltyFirst  = 150 // first in its block, or after a label
	penaltyAfter  = 250 // a macro after the block it belongs to (EXPORT_SYMBOL)
	penaltyClose  = 350 // it closes a bracket, or goes on after one (else)
	penaltyInside = 520 // it goes on with a statement
	penaltyGap    = 480 // a declaration after its comment
	penaltyDoc    = 440 // a declaration and a blank line after a doc comment
	penaltyString = 900 // in a string of several lines
	penaltyRemark = 460 // in a comment of several lines
	penaltyPause  = 410 // in such a comment, after an empty line
)
