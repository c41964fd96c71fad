package defence

// What keeps copies and records honest.
const (
	// BackupSum refuses a backup's manifest whose SHA-256 does not fit.
	BackupSum Name = "backup-sum"
	// ScrubSum refuses a record of the scrubs whose SHA-256 does not fit.
	ScrubSum Name = "scrub-sum"
)
