package defence

// The defences of a commit: between processes, and of the manifest that it leaves.
const (
	// CommitCAS refuses to follow a generation that is not the newest any more.
	CommitCAS Name = "commit-cas"
	// ClaimExclusive lets one of several claims on the next generation go on.
	ClaimExclusive Name = "claim-exclusive"
	// CommitReread reads a generation and its slot again before they are said to be written.
	CommitReread Name = "commit-reread"
	// SyncClaim has a generation on the disk before it is given its name.
	SyncClaim Name = "sync-claim"
	// SyncNames has the names of files and generations on the disk before they are counted on.
	SyncNames Name = "sync-names"
	// SyncSlot has the slot of the generation before on the disk, whoever wrote it, before files
	// go.
	SyncSlot Name = "sync-slot"
	// FilesPresent refuses a generation whose new files are not in files/.
	FilesPresent Name = "files-present"
	// CollectLast looks for other writers between putting files aside and removing them.
	CollectLast Name = "collect-last"
	// LockProbe notices locks that two can hold.
	LockProbe Name = "lock-probe"
	// NamesOnce refuses a generation that names a file twice.
	NamesOnce Name = "names-once"
	// DocumentsOnce finds a document that a generation holds twice.
	DocumentsOnce Name = "documents-once"
	// SourceUnchanged refuses a change of a source that another process changed meanwhile.
	SourceUnchanged Name = "source-unchanged"
	// NewestCopy looks among the copies of generations for one that is newer than the slots.
	NewestCopy Name = "newest-copy"
	// SlotNamed names a manifest slot that cannot be read.
	SlotNamed Name = "slot-named"
	// TwoStates refuses two different states of one generation.
	TwoStates Name = "two-states"
	// ForeignSlot refuses a slot whose generation belongs to another store.
	ForeignSlot Name = "foreign-slot"
)
