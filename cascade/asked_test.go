package cascade

import (
	"fmt"
	"strings"
	"testing"

	"sluice/cascade/flow"
	"sluice/internal/testkit"
)

// firsts asks and returns the paths of the first passages, each path once.
func firsts(t *testing.T, sn Index, question string, n int) (paths []string) {
	t.Helper()
	r := ask(t, sn, flow.ParseQuery(question, flow.Query{}.Filter), flow.Options{})
	for _, j := range r.Judged {
		p, err := sn.Passage(j.Place)
		if err != nil {
			t.Fatal(err)
		}
		if len(paths) < n && (len(paths) == 0 || paths[len(paths)-1] != p.Path) {
			paths = append(paths, p.Path)
		}
	}
	return paths
}

// TestADefinitionComesFirst: an identifier asks for what defines it, then for what declares it,
// then for what uses it, and what only shares its stem or its parts comes last, however often it
// says so.
func TestADefinitionComesFirst(t *testing.T) {
	src := testkit.NewSource("code")
	for i := range 30 {
		src.Put(fmt.Sprintf("use/%02d.c", i), fmt.Sprintf("int use%d(void)\n{\n\tschedule();\n\tx = oom_badness(p) + oom_badness(q);\n\treturn kmalloc_flags(GFP_WAIT, GFP_WAIT);\n}\n", i))
		src.Put(fmt.Sprintf("doc/%02d.md", i), fmt.Sprintf("# Scheduling %d\n\nScheduled work is scheduling. The badness of oom, oom badness. Waiting: gfp wait.\n", i))
	}
	src.Put("sched.c", "/* puts the task aside */\nvoid schedule(void)\n{\n"+strings.Repeat("\tpick_next_one(rq, prev, cookie);\n", 20)+"}\n")
	src.Put("oom.c", "static long oom_badness(struct task *p)\n{\n"+strings.Repeat("\tpoints += adj(p, total);\n", 20)+"}\n")
	src.Put("oom.h", "extern void other(void);\nlong oom_badness(struct task *p);\nvoid schedule(void);\n")
	src.Put("gfp.h", "#define GFP_FIRST 1\n#define GFP_WAIT 2\n#define GFP_LAST 3\n")
	src.Put("task.h", "struct oom_control {\n\tint order;\n};\n")
	src.Put("user.py", "class OomReporter(Base):\n    def report_badness(self):\n        return schedule(oom_control)\n")
	store := newStore(t, smallSegments)
	bring(t, store, src)
	sn := closing(t, snapshot(t, store))
	for question, want := range map[string]string{
		"schedule": "sched.c oom.h", "schedule()": "sched.c oom.h", "oom_badness": "oom.c oom.h", "where is oom_badness defined?": "oom.c oom.h",
		"GFP_WAIT": "gfp.h", "#define GFP_WAIT": "gfp.h", "oom_control": "task.h user.py", "struct oom_control": "task.h user.py",
		"OomReporter": "user.py", "report_badness": "user.py", "oomreporter": "user.py",
	} {
		if got := strings.Join(firsts(t, sn, question, len(strings.Fields(want))), " "); got != want {
			t.Errorf("%q finds %s first, want %s", question, got, want)
		}
	}
}

// TestTheExactFormComesFirst: a word is found as it was written before its stem and before its
// parts, even where it stands once in a long passage of noise.
func TestTheExactFormComesFirst(t *testing.T) {
	src := testkit.NewSource("notes")
	noise := strings.Repeat("0x3fa1, 0x77b2, 0x19c4, 8817, 2291, 33, ", 20)
	for i := range 60 {
		src.Put(fmt.Sprintf("part/%02d.txt", i), fmt.Sprintf("zqmark zqmark%07d 317 0000317 and zqmark-%d, rents and renting\n", 1000+i, i))
	}
	src.Put("marked.txt", noise+"zqmark0000317 "+noise)
	src.Put("rent.txt", testkit.Text(1, 6)+" The rent of May. "+testkit.Text(2, 6))
	store := newStore(t, smallSegments)
	bring(t, store, src)
	sn := closing(t, snapshot(t, store))
	for question, want := range map[string]string{"zqmark0000317": "marked.txt", "rent": "rent.txt"} {
		if got := firsts(t, sn, question, 1)[0]; got != want {
			t.Errorf("%q finds %s first, want %s", question, got, want)
		}
	}
}

// TestQuestionWordsDoNotRank: in a store of forty notes the words of a question that are common
// everywhere weigh what they weigh everywhere.
func TestQuestionWordsDoNotRank(t *testing.T) {
	src := testkit.NewSource("notes")
	for i := range 32 {
		src.Put(fmt.Sprintf("note%02d.md", i), testkit.Text(uint64(i), 5))
	}
	for name, text := range map[string]string{
		"rent":    "The rent of the flat is 740 a month, due on the third. It went up in spring and will go up again.",
		"how":     "How I tell my cats apart, and how much my neighbour knows: how my day went, much as it is.",
		"where":   "Where do you go when you do not know where to go? What does it do to you?",
		"wie":     "Wie viel ist zu viel, und wie ist mein Tag? Meine Katze ist meine, wie viele sagen.",
		"miete":   "Die Miete der Wohnung beträgt 740 Euro, fällig am dritten Werktag, und steigt im Frühling wieder.",
		"loyer":   "Le loyer de l'appartement est de 740 euros par mois, dû le trois, et il monte au printemps.",
		"combien": "Combien est-ce que mon ami et mon voisin savent ? Quel est mon jour, et combien de mon temps ?",
		"аренда":  "Аренда квартиры стоит семьсот сорок в месяц и весной снова растёт.",
		"сколько": "Сколько моя кошка и моя соседка знают, и сколько стоит мой день?",
		"boiler":  "The boiler's serial number is on the plate below the left door.",
	} {
		src.Put(name+".md", text)
	}
	store := newStore(t, smallSegments)
	bring(t, store, src)
	sn := closing(t, snapshot(t, store))
	for question, want := range map[string]string{
		"how much is my rent": "rent.md", "How much is my rent?": "rent.md", "what do I pay for my rent": "rent.md", "my rent": "rent.md",
		"where do I find the boiler's number": "boiler.md", "wie viel ist meine Miete": "miete.md", "meine Miete": "miete.md",
		"combien est mon loyer ?": "loyer.md", "mon loyer": "loyer.md", "сколько стоит моя аренда": "аренда.md", "моя аренда": "аренда.md",
		"how much": "how.md", "wie viel": "wie.md", // nothing else was asked
	} {
		if got := firsts(t, sn, question, 1)[0]; got != want {
			t.Errorf("%q finds %s first, want %s", question, got, want)
		}
	}
}
