package api

// Health is what `health` prints: errors by file, device, machine and ten-minute window, what is
// out of line, and what cannot be seen.
type Health struct {
	From     string          `json:"from"` // RFC 3339, as all times here
	To       string          `json:"to"`
	Level    float64         `json:"level"` // how often each question alarms where nothing is wrong
	Machines []HealthMachine `json:"machines"`
	Devices  []HealthDevice  `json:"devices"`
	Files    []HealthFile    `json:"files"`
	Findings []HealthFinding `json:"findings"`
	Followed []string        `json:"followed"` // what counts errors on this machine
	Unseen   []HealthUnseen  `json:"unseen"`
	Canary   *HealthCanary   `json:"canary"` // null unless asked for
	Ignored  int             `json:"ignored,omitempty"`
}

// HealthMachine is one machine's log. Windows and days are those in which its counters were
// followed.
type HealthMachine struct {
	Machine     string `json:"machine"` // a number drawn by lot
	Name        string `json:"name,omitempty"`
	Own         bool   `json:"own"` // the store's own log
	WatchedFrom string `json:"watched_from"`
	WatchedTo   string `json:"watched_to"`
	Windows     int64  `json:"windows"`
	Days        int    `json:"days"`
	DaysNeeded  int    `json:"days_needed"` // before anything can be out of line at the level
	TooLittle   bool   `json:"too_little"`  // history, to tell
	Records     int    `json:"records"`
	Bad         int    `json:"bad"`     // damaged records
	Missing     int64  `json:"missing"` // records that should be there
	Dropped     int64  `json:"dropped"` // records that were left away to keep the log small
}

// HealthCounts are errors by what became of them.
type HealthCounts struct {
	Corrected   int64 `json:"corrected"`
	Uncorrected int64 `json:"uncorrected"`
	Unclear     int64 `json:"unclear"` // whether they were corrected is not told
}

// HealthDevice is one device. Its counts are of the time shown, Total of all that the log has.
type HealthDevice struct {
	Machine string `json:"machine"`
	Class   string `json:"class"` // memory, cpu, disk, bus, store
	Device  string `json:"device"`
	HealthCounts
	Total    HealthCounts   `json:"total"`
	Unplaced int64          `json:"unplaced"` // of the total, those of which not even the day is known
	Last     string         `json:"last"`
	LastDay  int64          `json:"last_day"` // errors of the newest 24 hours that all logs have
	Expected *[2]int64      `json:"expected"` // of 95 of 100 earlier days; null with too little history
	Days     int            `json:"days"`     // earlier days that it is compared with
	P        *float64       `json:"p"`        // null with too little history to tell
	Out      bool           `json:"out_of_line"`
	Windows  []HealthWindow `json:"windows"`
}

// HealthWindow is ten minutes in which a device erred.
type HealthWindow struct {
	Start string `json:"start"`
	HealthCounts
}

// HealthFile is a part of the store that was found damaged, or was and has been mended.
type HealthFile struct {
	Machine string `json:"machine"`
	File    string `json:"file"` // the beginning of its name
	Block   string `json:"block"`
	First   string `json:"first"`
	Last    string `json:"last"`
	HealthCounts
}

// HealthFinding is something that is out of line. What is "device", "shower" or "drift".
type HealthFinding struct {
	What     string   `json:"what"`
	Text     string   `json:"text"`
	Start    string   `json:"start,omitempty"`
	Devices  []string `json:"devices"`
	Machines int      `json:"machines"`
	Expected float64  `json:"expected"`
	Compared int      `json:"compared"` // days or windows that it is compared with
	P        float64  `json:"p"`
}

// HealthUnseen is something that may err without being seen. Refused says that it is there and may
// not be read.
type HealthUnseen struct {
	What    string `json:"what"`
	Why     string `json:"why"`
	Refused bool   `json:"refused"`
}

// HealthCanary is what memory with known content showed.
type HealthCanary struct {
	Bytes   int64         `json:"bytes"`
	Locked  bool          `json:"locked"` // kept in memory; else pages may have been read from the disk
	Walks   int           `json:"walks"`
	Seconds float64       `json:"seconds"`
	Flips   int64         `json:"flips"`
	Bursts  []HealthBurst `json:"bursts"`
}

// HealthBurst is flipped bits that belong together: single, pair, line, row, column or scatter.
type HealthBurst struct {
	Kind  string       `json:"kind"`
	Step  int          `json:"step,omitempty"` // bytes from one to the next, of a column
	Bits  int          `json:"bits"`
	Stuck int          `json:"stuck"` // came back after they were written anew
	Flips []HealthFlip `json:"flips"` // the first of them
}

// HealthFlip is one bit. Up says that 0 became 1; State is fresh, transient or stuck.
type HealthFlip struct {
	Page  int    `json:"page"`
	Byte  int    `json:"byte"`
	Bit   int    `json:"bit"`
	Up    bool   `json:"up"`
	State string `json:"state"`
}
