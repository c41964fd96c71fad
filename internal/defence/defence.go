// Package defence names what stands between a fault and an answer, so that a test can take each
// defence away and see its row of PROMISES.md fail. A test that passes with its defence removed
// proves nothing.
//
// In a normal build Stands is true, a constant to the compiler, and costs nothing. In a build with
// the tag undefended the environment variable SLUICE_WITHOUT names the one that is removed. Nobody
// ships such a build.
//
//	if defence.Stands(defence.BlockChecksum) && sum != want {
//		return corrupt(...)
//	}
package defence

// Name is one defence.
type Name string

// The defences. Each is named in the row that it belongs to (internal/promise).
const (
	// BlockChecksum refuses a block whose CRC-32C does not fit.
	BlockChecksum Name = "block-checksum"
	// MemoryRecheck checks mapped blocks, and what was unpacked of them, again for each question.
	MemoryRecheck Name = "memory-recheck"
	// SecondLook reads a block from the disk again before it is called damaged.
	SecondLook Name = "second-look"
	// IDRange refuses passages that a segment does not have.
	IDRange Name = "id-range"
	// ScoreSum holds the sum of all scores against that of what was added.
	ScoreSum Name = "score-sum"
	// ReferenceResample computes one block in 4,096 again by the reference.
	ReferenceResample Name = "reference-resample"
	// KernelSelfTest asks each path of a kernel a question whose answer is known.
	KernelSelfTest Name = "kernel-self-test"
	// PassageHash holds what is cited against the hash that its id is.
	PassageHash Name = "passage-hash"
	// CodeSum holds the sum of the scores of a run of codes against the score of their sum.
	CodeSum Name = "code-sum"
	// FileTables refuses a file whose header, footer or tables do not fit.
	FileTables Name = "file-tables"
	// FileHash refuses a new file whose bytes, read back, are not those that were written.
	FileHash Name = "file-hash"
	// SyncFile has a new file on the disk before it is given its name.
	SyncFile Name = "sync-file"
	// SyncFailed gives up what a sync failed for: another one would say nothing.
	SyncFailed Name = "sync-failed"
	// ManifestSum refuses a manifest slot whose SHA-256 does not fit.
	ManifestSum Name = "manifest-sum"
	// ParitySum finds the shards of a text file that are damaged.
	ParitySum Name = "parity-sum"
	// MendHash refuses a text that parity brought back and that is not the one that was written.
	MendHash Name = "mend-hash"
	// InFlight lets no more than a few requests of a client be under way.
	InFlight Name = "in-flight"
	// WindowFence puts a text into a fence that is longer than any run of backticks in it.
	WindowFence Name = "window-fence"
	// BodyFence shows a document's text in a fence that it cannot end.
	BodyFence Name = "body-fence"
	// NameLine shows names on one line, in the order in which they are written.
	NameLine Name = "name-line"
	// SecretCut cuts what looks like a credential out of a document before it is stored.
	SecretCut Name = "secret-cut"
	// Revive makes a file anew in memory that a question found damaged.
	Revive Name = "revive"
	// Holes finds out which documents damage to a text costs, so that the others are found.
	Holes Name = "holes"
	// TailCopy reads a text's tables from their copy where its own are damaged.
	TailCopy Name = "tail-copy"
	// Measured finds out how long a text is before it is held.
	Measured Name = "measured"
	// ListedIsOpened compares what was opened in a folder with what was listed there.
	ListedIsOpened Name = "listed-is-opened"
	// Canary compares the pages that watch memory with what was written into them.
	Canary Name = "canary"
	// CanaryReturn tells a bit that flips again after it was written anew from one that flipped
	// once.
	CanaryReturn Name = "canary-return"
	// EventSum refuses a line of the log of errors whose CRC-32C does not fit.
	EventSum Name = "event-log-sum"
	// DegradedOwner puts what a stage could not read into the answer's list of what was not seen.
	DegradedOwner Name = "degraded-owner"
	// FaultGuard turns a fault on a mapped file into an error.
	FaultGuard Name = "fault-guard"
	// ForgetOrder records what is to be forgotten until it is gone, so that a crash ends nothing.
	ForgetOrder Name = "forget-order"
	// ForgetDead rewrites segments that hold what is forgotten although nobody is served it.
	ForgetDead Name = "forget-dead"
	// ForgetGone keeps no generation or slot from before a forget.
	ForgetGone Name = "forget-gone"
	// PanicContained makes a panic cost the segment that was read, not the process.
	PanicContained Name = "panic-contained"
)

// Synced runs a sync, unless the defence that it is has been removed.
func Synced(n Name, sync func() error) error {
	if !Stands(n) {
		return nil
	}
	err := sync()
	if !Stands(SyncFailed) {
		return nil
	}
	return err
}
