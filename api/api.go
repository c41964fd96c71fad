// Package api is the contract that the command line, HTTP and MCP share: what goes in and what
// comes out, as JSON. Fields are added, never renamed or removed; golden files hold them. It
// depends on the standard library only, so that a program of anybody's may import it.
package api

// Stage is one line of the funnel: in = out + the sum of dropped.
type Stage struct {
	Stage   string           `json:"stage"`
	In      int64            `json:"in"`
	Out     int64            `json:"out"`
	Dropped map[string]int64 `json:"dropped"`
	Bytes   int64            `json:"bytes"`
	MS      float64          `json:"ms"`
	Notes   []string         `json:"notes,omitempty"`
	Words   []string         `json:"words,omitempty"` // of a long question, those that were used
	// Operators that were read in the question, and what looks like one and was searched for.
	Operators []string `json:"operators,omitempty"`
	AsText    []string `json:"as_text,omitempty"`
	// Stems that were looked for too, each behind its language: compounds that hold a word of the
	// question, and the parts of a compound in it.
	Also []string `json:"also,omitempty"`
}

// Scores are the arms' raw scores; null where an arm did not see the passage.
type Scores struct {
	BM25  *float64 `json:"bm25"`
	Dense *float64 `json:"dense"`
	Late  *float64 `json:"late"`
}

// Result is one passage. Lines are 1-based and inclusive, bytes half-open.
type Result struct {
	Rank      int      `json:"rank"`
	ID        string   `json:"id"`
	Source    string   `json:"source"`
	Path      string   `json:"path"` // relative to its source's root
	URI       string   `json:"uri"`  // absolute
	Lines     [2]int   `json:"lines"`
	Shown     *[2]int  `json:"shown,omitempty"`    // the lines that text holds, where it was cut
	Continue  string   `json:"continue,omitempty"` // what to read for what comes after the cut
	Bytes     [2]int64 `json:"bytes"`
	Page      *int     `json:"page"`
	Time      *string  `json:"time"` // RFC 3339
	MessageID *string  `json:"message_id"`
	Offset    string   `json:"offset,omitempty"` // where in its recording it begins: "12:41"
	Where     string   `json:"where,omitempty"`  // in its original, in words: "page 3"
	Title     string   `json:"title,omitempty"`
	Context   string   `json:"context,omitempty"` // heading path or enclosing symbol
	Score     float64  `json:"score"`             // 0..1, comparable across questions
	Scores    Scores   `json:"scores"`
	Fresh     string   `json:"fresh"` // fresh, changed, gone or unknown
	// Flags: near_duplicate, cut (shortened), secret_cut; and what a careful reader would hold
	// against the passage: commands_reader, hidden_text, superseded, machine_generated,
	// boilerplate, satire, spam. Reasons say why.
	Flags   []string          `json:"flags"`
	Reasons map[string]string `json:"flag_reasons,omitempty"`
	// Duplicates counts the passages that say nearly the same and are not shown, and Also names
	// where the first of them stand, as path:line.
	Duplicates int      `json:"duplicates,omitempty"`
	Also       []string `json:"also,omitempty"`
	Text       string   `json:"text"`
}

// Degraded is something that this answer could not see.
type Degraded struct {
	What      string `json:"what"` // "segment 9f..", "source notes"
	Why       string `json:"why"`
	Documents int64  `json:"documents"`
}

// Nothing tells why nothing was found.
type Nothing struct {
	Searched int64     `json:"searched"` // passages
	Why      []Stopped `json:"why"`
}

// Stopped is one thing that kept passages out, and what to do about it.
type Stopped struct {
	What    string   `json:"what"`              // empty, filter, signs, words, phrase, exclusion, budget, gone, time or apart
	Which   string   `json:"which,omitempty"`   // the filter, word or phrase
	Text    string   `json:"text"`              // in words
	Nearest []string `json:"nearest,omitempty"` // of a word that nothing holds, those that are spelt most like it
	Needs   int      `json:"needs,omitempty"`   // tokens, of a budget
}

// Search is what `search` prints.
type Search struct {
	Query    string     `json:"query"`
	TookMS   float64    `json:"took_ms"`
	Funnel   []Stage    `json:"funnel"`
	Results  []Result   `json:"results"`
	Nothing  *Nothing   `json:"nothing,omitempty"` // where there are no results
	Degraded []Degraded `json:"degraded"`
	Notices  []string   `json:"notices,omitempty"` // what else there is to say; nothing was left out
}

// Context is what `context` prints: the packed window and what stands in it.
type Context struct {
	Query    string     `json:"query"`
	Window   string     `json:"window"`
	Tokens   int        `json:"tokens"`
	Vocab    string     `json:"vocab"`
	Passages []Citation `json:"passages"`
	Nothing  *Nothing   `json:"nothing,omitempty"` // where there are no passages
	Funnel   []Stage    `json:"funnel"`
	Degraded []Degraded `json:"degraded"`
	Notices  []string   `json:"notices,omitempty"` // what else there is to say; nothing was left out
}

// Citation is a result with its number in the window.
type Citation struct {
	N int `json:"n"`
	Result
}

// Sentence is one sentence of an answer with the numbers that it cites. Lines and bytes are its
// own, in the document of the passage that it was taken from.
type Sentence struct {
	Text      string   `json:"text"`
	Citations []int    `json:"citations"`
	Passage   string   `json:"passage"`
	Lines     [2]int   `json:"lines"`
	Bytes     [2]int64 `json:"bytes"`
}

// Ask is what `ask` prints.
type Ask struct {
	Query     string     `json:"query"`
	Answer    string     `json:"answer"`
	Sentences []Sentence `json:"sentences"`
	Citations []Citation `json:"citations"`
	Nothing   *Nothing   `json:"nothing,omitempty"` // where no passage could be looked at
	Funnel    []Stage    `json:"funnel"`
	Degraded  []Degraded `json:"degraded"`
	Notices   []string   `json:"notices,omitempty"` // what else there is to say; nothing was left out
}

// Why is what `why` prints.
type Why struct {
	Query    string       `json:"query"`
	Path     string       `json:"path"`
	Passages []WhyPassage `json:"passages"`
	Advice   []string     `json:"advice,omitempty"` // what beat the document, and what would bring it in
	Note     string       `json:"note,omitempty"`   // why there are no passages
	Funnel   []Stage      `json:"funnel"`
	Degraded []Degraded   `json:"degraded"`
	Notices  []string     `json:"notices,omitempty"` // what else there is to say; nothing was left out
}

// WhyPassage is where one passage fell out of the cascade, or how it came through. Rank and score
// are the passage's own at that stage, cut_rank and cut_score those of the last one that came
// through.
type WhyPassage struct {
	ID       string   `json:"id"`
	Source   string   `json:"source"`
	Path     string   `json:"path"`
	Lines    [2]int   `json:"lines"`
	Stage    string   `json:"stage"`
	Reason   string   `json:"reason"`
	Rank     int      `json:"rank"`
	CutRank  int      `json:"cut_rank"`
	Score    float64  `json:"score"`
	CutScore float64  `json:"cut_score"`
	Holds    []string `json:"holds,omitempty"` // words of the question
	Lacks    []string `json:"lacks,omitempty"`
	Dense    *float64 `json:"dense,omitempty"` // how near its vector is to the question's; none where no model has read it
	Said     string   `json:"said,omitempty"`  // all of it in words
	Text     string   `json:"text"`
}

// Source is one line of `sources` and `status`.
type Source struct {
	Label     string             `json:"label"`
	Kind      string             `json:"kind"`
	URI       string             `json:"uri"`
	Documents int64              `json:"documents"`
	Passages  int64              `json:"passages"`
	Bytes     int64              `json:"bytes"`
	Coverage  map[string]float64 `json:"coverage"` // arm -> share of documents
	Synced    string             `json:"synced"`   // RFC 3339, "" when never finished
	Errors    []string           `json:"errors"`
	LeftOut   map[string]int64   `json:"left_out,omitempty"` // reason -> files
	// Secrets were cut out of the texts of SecretDocuments.
	Secrets         int64            `json:"secrets,omitempty"`
	SecretDocuments int64            `json:"secret_documents,omitempty"`
	Guessed         map[string]int64 `json:"guessed,omitempty"` // encoding that documents do not name -> documents
}

// Sources is what `sources` prints.
type Sources struct {
	Sources []Source `json:"sources"`
}

// Cache is one store that `--in` keeps.
type Cache struct {
	Path  string `json:"path"` // the folder that it indexes
	Bytes int64  `json:"bytes"`
	Used  string `json:"used"` // RFC 3339
}

// Caches is what `cache` prints, and `cache clear` of those that it removed.
type Caches struct {
	Caches []Cache `json:"caches"`
	Bytes  int64   `json:"bytes"` // of all of them
}

// Status is what `status` prints. Size is the bytes of the newest generation by part; Disk is all
// that lies in the store's folder, files of older generations that somebody still reads among it.
type Status struct {
	Store      string           `json:"store"`
	Generation uint64           `json:"generation"`
	Sources    []Source         `json:"sources"`
	Size       map[string]int64 `json:"size"`
	Disk       int64            `json:"disk"`
	Caches     []Cache          `json:"caches,omitempty"`
	Degraded   []Degraded       `json:"degraded"`
	// Forgetting says why bytes of what was forgotten are still in the store's files; "": all are
	// gone.
	Forgetting string `json:"forgetting,omitempty"`
	// LastFullScrub is when all of the store was last read and compared, RFC 3339; "": never.
	LastFullScrub string `json:"last_full_scrub"`
	Scrub         Scrub  `json:"scrub"`
	// Errors are those of the last seven days: `health` tells more.
	Errors RecentErrors `json:"errors"`
}

// RecentErrors counts the errors of some days up to now.
type RecentErrors struct {
	Days    int          `json:"days"`
	Store   HealthCounts `json:"store"`   // parts of its files that were not what was written
	Machine HealthCounts `json:"machine"` // what memory, disks and buses counted
	Last    string       `json:"last,omitempty"`
}

// Scrub tells what the scrubs of a store found: a long-lived process reads all of it from time to
// time.
type Scrub struct {
	Began  string     `json:"began"` // the last full one, RFC 3339; "": there was none
	Found  []BadBlock `json:"found"` // by it and by the one that is under way
	FoundN int        `json:"found_n"`
	Since  string     `json:"since,omitempty"` // when the one that is under way began
	Bytes  int64      `json:"bytes,omitempty"` // that it has read
}

// Check is what `check` prints.
type Check struct {
	Files       int        `json:"files"`
	Blocks      int64      `json:"blocks"`
	Bytes       int64      `json:"bytes"`
	Bad         []BadBlock `json:"bad"`
	Generations int        `json:"generations"`     // copies of the manifest that could be read
	Part        int        `json:"part,omitempty"`  // of Parts: only this much of the data was read
	Parts       int        `json:"parts,omitempty"` // 0: all of it
	Unnamed     []Unnamed  `json:"unnamed"`         // files that no generation counts on
}

// BadBlock is a block whose checksum fails, and how many documents it hides.
type BadBlock struct {
	File           string `json:"file"`
	Block          int64  `json:"block"`
	Kind           string `json:"kind"`
	What           string `json:"what,omitempty"` // "checksum", "missing"
	HidesDocuments int64  `json:"hides_documents"`
	Once           bool   `json:"once,omitempty"` // wrong when it was read first, right when it was read again
}

// Unnamed is a file in the store's folder that no generation counts on. It is no damage.
type Unnamed struct {
	File  string `json:"file"`
	Kind  string `json:"kind"` // "orphan", "older generation" or "pending"
	Bytes int64  `json:"bytes"`
}

// Repair is what `repair` prints: what was damaged and what became of it. What is lost stays as it
// is until what it needs is there.
type Repair struct {
	DryRun     bool       `json:"dry_run"` // nothing was done: it is what would be
	Files      int        `json:"files"`   // that were verified
	Bytes      int64      `json:"bytes"`
	Repaired   []Repaired `json:"repaired"`
	Lost       []Repaired `json:"lost"`
	Sources    []Synced   `json:"sources"`    // that were read again
	Quarantine string     `json:"quarantine"` // the folder in which damaged bytes are kept; "" when none were
	Notes      []string   `json:"notes"`
}

// Repaired is one thing that was damaged. Done is "rebuilt from its text", "brought back from its
// parity", "read again from the source", "written anew from a copy" or "lost".
type Repaired struct {
	File      string `json:"file"` // "" for a source that was not read to its end
	Kind      string `json:"kind"`
	Source    string `json:"source"`
	What      string `json:"what"` // "checksum", "missing"
	Done      string `json:"done"`
	Needs     string `json:"needs,omitempty"` // what would bring back what is lost
	Documents int64  `json:"documents"`       // that the damage hid
}

// Read is what `read` prints: a passage or lines of a document as the store holds them. Status is
// "ok"; or "changed" when the id is gone and the passage shown, if any, is its successor.
type Read struct {
	Target string `json:"target"`
	Status string `json:"status"`
	Result
	Degraded []Degraded `json:"degraded"`
	Notices  []string   `json:"notices,omitempty"` // what else there is to say; nothing was left out
	Blame    []Blamed   `json:"blame,omitempty"`   // of a file in a git repository, where that is asked for
}

// Blamed says which commit a line comes from.
type Blamed struct {
	Line    int    `json:"line"`
	Commit  string `json:"commit"`
	Author  string `json:"author"`
	Time    string `json:"time"`
	Subject string `json:"subject"`
}

// Forget is what `forget` prints.
type Forget struct {
	Sources   []string `json:"sources"`   // labels that are gone whole
	Documents int64    `json:"documents"` // documents that are no longer served
	Passages  int64    `json:"passages"`
	Unknown   []string `json:"unknown"` // what names nothing in the store
	// State is "gone" when all bytes have left the store's files, "gone when the readers of
	// generation N end", or why not yet.
	State   string   `json:"state"`
	Older   int64    `json:"older,omitempty"`   // versions and passages that were served no more, and whose bytes were there
	Already []string `json:"already,omitempty"` // targets that were forgotten before
	Dropped []string `json:"dropped,omitempty"` // damaged segments that went as a whole, and what brings the rest back
	Resumed bool     `json:"resumed,omitempty"` // an earlier forget was not finished: this one went on with it
	Undated int64    `json:"undated,omitempty"` // documents that stay because they have no date, where a time was told
}

// Preview is what `add --dry-run` prints: what would be read, and what would not.
type Preview struct {
	Label    string              `json:"label"`
	URI      string              `json:"uri"`
	Files    int64               `json:"files"`
	Bytes    int64               `json:"bytes"`
	Types    []TypeCount         `json:"types"`
	LeftOut  map[string]Counted  `json:"left_out"` // by reason
	Examples map[string][]string `json:"examples,omitempty"`
	Failures []string            `json:"failures"`
	// Secrets will be cut out of the texts of SecretDocuments.
	Secrets         int64 `json:"secrets,omitempty"`
	SecretDocuments int64 `json:"secret_documents,omitempty"`
}

// TypeCount is how much of one type of document there is.
type TypeCount struct {
	Type string `json:"type"`
	Counted
}

// Counted adds up files and bytes.
type Counted struct {
	Files int64 `json:"files"`
	Bytes int64 `json:"bytes"`
}

// Previews is what `add --dry-run` prints for all its sources.
type Previews struct {
	Sources []Preview `json:"sources"`
}

// Add is what `add` and `sync` print for each source.
type Add struct {
	Sources []Synced `json:"sources"`
}

// Synced is the outcome of bringing one source up to date.
type Synced struct {
	Label    string           `json:"label"`
	Added    int64            `json:"added"`
	Changed  int64            `json:"changed"`
	Removed  int64            `json:"removed"`
	Same     int64            `json:"unchanged"`
	Bytes    int64            `json:"bytes"`
	Passages int64            `json:"passages"`
	LeftOut  map[string]int64 `json:"left_out"` // reason -> files
	Failures []string         `json:"failures"`
	Again    []string         `json:"again,omitempty"`     // paths that were forgotten and are read again
	BadMarks int64            `json:"bad_marks,omitempty"` // marks that no text could have
	Mended   []string         `json:"mended,omitempty"`    // damaged parts that came back from their parity or the source
	Seconds  float64          `json:"seconds"`
	// Secrets are cut out of the texts of SecretDocuments, of all that the source has now.
	Secrets         int64 `json:"secrets,omitempty"`
	SecretDocuments int64 `json:"secret_documents,omitempty"`
}

// Failure is what is printed in place of a response when there is none.
type Failure struct {
	Error string `json:"error"`
	Code  int    `json:"code"` // the exit code
}

// Backup is what `backup` prints.
type Backup struct {
	Folder      string `json:"folder"`
	Generation  uint64 `json:"generation"` // that it holds
	Files       int    `json:"files"`
	Bytes       int64  `json:"bytes"`
	Copied      int    `json:"copied"` // the others were there already, and whole
	CopiedBytes int64  `json:"copied_bytes"`
	Removed     int    `json:"removed"` // files that only the backup before had
}

// Restore is what `restore` prints.
type Restore struct {
	Folder         string   `json:"folder"`
	Store          string   `json:"store"`
	FromGeneration uint64   `json:"from_generation"` // that was backed up
	Made           string   `json:"made"`            // when, RFC 3339
	Generation     uint64   `json:"generation"`      // that it became
	Replaced       uint64   `json:"replaced"`        // the generation that it took the place of; 0: there was none
	Files          int      `json:"files"`
	Bytes          int64    `json:"bytes"`
	Sources        []Source `json:"sources"` // that it brought: the next sync reads them
}

// Quarantine is what `quarantine list` prints.
type Quarantine struct {
	Items []Quarantined `json:"items"`
	Bytes int64         `json:"bytes"` // of all of them
	More  int           `json:"more,omitempty"`
}

// Quarantined is a damaged file that was replaced, and is kept for a person to look at.
type Quarantined struct {
	File       string `json:"file"` // in the store's folder quarantine/
	Kind       string `json:"kind"`
	What       string `json:"what"`   // what was wrong with it
	When       string `json:"when"`   // RFC 3339
	Source     string `json:"source"` // whose documents it held
	Generation uint64 `json:"generation"`
	Bytes      int64  `json:"bytes"`
}
