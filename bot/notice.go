package bot

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/zoomusers/zoomusers/jobs"
)

// Slack notifies nobody when a message is edited, and a card is edited all its life. So whatever needs somebody is told
// once more by a short message of its own in the thread, with mentions. What a card shows when it is posted is told by that;
// the report of a job that did something, and the cards that ask approvers by direct message, are messages already.
//
// Each event has a name, and the job remembers the newest one of each kind that was told: the same one is never told twice,
// also not after a crash or by another process, while a second halt is another event than the first. Of a job that was shown
// by a version that kept no such record, only what has just happened is told.

// NoticeEvent is the event_type of the metadata of these messages.
const NoticeEvent = CardEvent + "_notice"

// References that are kept for it.
const (
	refNoticed  = "noticed"  // what was told: the newest event of each kind by blanks, or noneTold
	refNoticing = "noticing" // the event that is being told
	noneTold    = "-"
)

// newsKind is what happened to a job.
type newsKind string

const (
	newsAsk      newsKind = "ask"      // the dry run is ready and waits for approval
	newsAnew     newsKind = "anew"     // the account changed after the approval
	newsOverlap  newsKind = "overlap"  // another job works on the same people; approve again later
	newsExpired  newsKind = "expired"  // nobody decided in time
	newsRejected newsKind = "rejected" // by somebody else than the requester
	newsCanceled newsKind = "canceled" // likewise
	newsRefused  newsKind = "refused"  // nothing can be done with the file, or its plan
	newsErrored  newsKind = "errored"  // given up before it began
	newsNothing  newsKind = "nothing"  // the account changed so that nothing is left to do
	newsBehind   newsKind = "behind"   // waits for another job
	newsHeld     newsKind = "held"     // paused by a person
	newsResumed  newsKind = "resumed"  // let go on by a person
	newsHalted   newsKind = "halted"   // paused by a guard
	newsSeats    newsKind = "seats"    // out of licences
	newsDaily    newsKind = "daily"    // Zoom's limit of the day
)

// news is one event in the life of a job.
type news struct {
	kind newsKind
	// id tells events of one kind apart.
	id string
	// at is when it happened; zero where that is not known.
	at time.Time
	// actor is who did it, where a person did; former is who had paused the job that was let go on.
	actor, former jobs.Actor
}

func (n news) String() string { return string(n.kind) + ":" + n.id }

// silent reports whether nobody has to be told, because whoever would be has done it.
func (n news) silent(j *jobs.Job) bool {
	return (n.kind == newsHeld || n.kind == newsResumed) && !byOther(j, n.actor) && !n.overrides(j)
}

// overrides reports whether somebody let a job go on that somebody else had paused, who is not its requester.
func (n news) overrides(j *jobs.Job) bool {
	return n.kind == newsResumed && byOther(j, n.former) && n.former.ID != n.actor.ID
}

// told are the ids of the newest events that are known, by kind.
type told map[newsKind]string

func toldOf(j *jobs.Job) told {
	t := make(told)
	for word := range strings.FieldsSeq(j.Front[refNoticed]) {
		if kind, id, ok := strings.Cut(word, ":"); ok {
			t[newsKind(kind)] = id
		}
	}
	return t
}

func (t told) String() string {
	words := make([]string, 0, len(t))
	for _, kind := range slices.Sorted(maps.Keys(t)) {
		words = append(words, news{kind: kind, id: t[kind]}.String())
	}
	return orElse(strings.Join(words, " "), noneTold)
}

// with is t with one more event.
func (t told) with(n news) told {
	t = maps.Clone(t)
	t[n.kind] = n.id
	return t
}

// seatsApart is the least time between two messages that licences are lacking: a few may come one by one.
const seatsApart = time.Hour

// knows reports whether an event was told.
func (t told) knows(n news) bool {
	id, ok := t[n.kind]
	return ok && (id == n.id || (n.kind == newsSeats && n.at.Sub(moment(id)) < seatsApart))
}

// stamp and moment are a time as the id of an event.
func stamp(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

func moment(id string) time.Time {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(n)
}

// byOther reports whether a person has done something to the job of somebody else.
func byOther(j *jobs.Job, a jobs.Actor) bool { return a.ID != "" && a.ID != j.Requester.ID }

// newsOf is the event that has brought a job where it stands; false when that is nothing to be told.
func newsOf(j *jobs.Job) (news, bool) {
	ended := func(kind newsKind, a jobs.Actor) (news, bool) {
		return news{kind: kind, id: stamp(j.FinishedAt), at: j.FinishedAt, actor: a}, true
	}
	switch {
	case j.Kind == jobs.KindExport:
	case j.State == jobs.StateAwaitingApproval:
		return newsOfPlan(j)
	case j.State == jobs.StateExpired && !j.DryRun:
		return ended(newsExpired, jobs.Actor{})
	case j.State == jobs.StateRejected && j.Decision != nil && byOther(j, j.Decision.Actor):
		return ended(newsRejected, j.Decision.Actor)
	case j.State == jobs.StateCanceled && j.Stop != nil && byOther(j, j.Stop.Actor) && (j.StartedAt.IsZero() || stoppedWaiting(j)):
		// The report of a job that was at work says who stopped it.
		return ended(newsCanceled, j.Stop.Actor)
	case j.State == jobs.StateInvalid:
		return ended(newsRefused, jobs.Actor{})
	case j.State == jobs.StateErrored && j.StartedAt.IsZero():
		return ended(newsErrored, jobs.Actor{})
	case j.State == jobs.StateNoChanges && j.Replaced != nil:
		return ended(newsNothing, jobs.Actor{})
	case j.State.Terminal(), j.Stop != nil:
	case halted(j):
		return news{kind: newsHalted, id: stamp(j.Held.At), at: j.Held.At}, true
	case j.Held != nil && atWork(j):
		return news{kind: newsHeld, id: stamp(j.Held.At), at: j.Held.At, actor: j.Held.Actor}, true
	case behind(j) && j.State == jobs.StateApproved && aheadOf(j) != "":
		return news{kind: newsBehind, id: aheadOf(j)}, true
	case j.Reason.Code == jobs.ReasonSeats && j.State == jobs.StatePaused && !j.SeatsSince.IsZero():
		return news{kind: newsSeats, id: stamp(j.SeatsSince), at: j.SeatsSince}, true
	case j.Reason.Code == jobs.ReasonDailyLimit && !goesOn(j).IsZero():
		// Zoom does not say the same second each time.
		return news{kind: newsDaily, id: stamp(goesOn(j).Round(time.Hour))}, true
	}
	return news{}, false
}

// newsOfPlan is the event that has brought a plan before those who decide.
func newsOfPlan(j *jobs.Job) (news, bool) {
	switch {
	case j.Plan == nil || unconfirmed(j):
		return news{}, false
	case j.Reason.Code == jobs.ReasonAccountChanged:
		return news{kind: newsAnew, id: stamp(j.ExpiresAt), at: j.Plan.MadeAt}, true
	case j.Reason.Code == jobs.ReasonOverlap:
		return news{kind: newsOverlap, id: stamp(j.ExpiresAt)}, true
	}
	// Whoever chooses something has the plan made anew: approvers are called once for all that, and once more after it expired.
	return news{kind: newsAsk, id: orElse(toldOf(j)[newsExpired], "0")}, true
}

// goesOn is when a job goes on that waits for another day; zero when that is not known, or when it is tried just now.
func goesOn(j *jobs.Job) time.Time {
	until, err := time.Parse(time.RFC3339, j.Reason.Params["until"])
	if err != nil {
		return time.Time{}
	}
	return until
}

// postedRefs are the references of a message that is posted; a card tells with that what has happened to its job by now.
func postedRefs(j *jobs.Job, ref, ts string) map[string]string {
	refs := map[string]string{ref: ts}
	if ref == refCard {
		t := toldOf(j)
		if n, ok := newsOf(j); ok {
			t = t.with(n)
		}
		refs[refNoticed] = t.String()
	}
	return refs
}

// resumed is the event that somebody let a job go on which a person or a guard had paused, if that was not told.
func (b *Bot) resumed(ctx context.Context, j *jobs.Job, t told) (news, bool) {
	rested := moment(t[newsHeld])
	if at := moment(t[newsHalted]); at.After(rested) {
		rested = at
	}
	if !atWork(j) || j.Held != nil || rested.IsZero() || moment(t[newsResumed]).After(rested) {
		return news{}, false
	}
	entries, err := b.jobs.Audit(ctx, j.ID)
	if err != nil {
		// Who it was can be looked up there by hand.
		b.log.WarnContext(ctx, "audit log of a job not read", "job_id", j.ID, "err", err)
		return news{}, false
	}
	for i, e := range slices.Backward(entries) {
		if e.Event == "resumed" && e.At.After(rested) {
			return news{
				kind: newsResumed, id: stamp(e.At.Add(time.Millisecond)), at: e.At, actor: e.Actor, former: pausedBy(entries[:i]),
			}, true
		}
	}
	return news{}, false
}

// pausedBy is who asked for the pause that a log ends in; empty when a guard made it.
func pausedBy(entries []jobs.Entry) jobs.Actor {
	for _, e := range slices.Backward(entries) {
		switch e.Event {
		case "pause_requested":
			return e.Actor
		case "resumed":
			return jobs.Actor{}
		}
	}
	return jobs.Actor{}
}

// lately is for how long something has just happened.
const lately = 10 * time.Minute

// putNotice tells people in the thread what has happened to a job, once. v is the job as its card shows it now.
func (b *Bot) putNotice(ctx context.Context, v view, j jobs.Job) (jobs.Job, error) {
	v.job.Front = j.Front
	known := toldOf(&j)
	n, ok := newsOf(&v.job)
	if !ok || known.knows(n) {
		if n, ok = b.resumed(ctx, &v.job, known); !ok {
			if j.Front[refNoticed] != "" {
				return j, nil
			}
			return b.jobs.SaveFront(ctx, j.ID, map[string]string{refNoticed: noneTold})
		}
	}
	old := j.Front[refNoticed] == "" && (n.at.IsZero() || b.o.Now().Sub(n.at) > lately)
	if !old && !n.silent(&j) {
		var err error
		if j, err = b.tell(ctx, v, j, n); err != nil {
			return j, err
		}
	}
	return b.jobs.SaveFront(ctx, j.ID, map[string]string{refNoticed: known.with(n).String(), refNoticing: ""})
}

// tell posts what has happened in the thread and, where approvers do not see that, under their own cards. A crash may have
// come after some of it: then the conversations tell what is there.
func (b *Bot) tell(ctx context.Context, v view, j jobs.Job, n news) (jobs.Job, error) {
	letters := b.letters(ctx, v, &j, n)
	if len(letters) == 0 {
		return j, nil
	}
	again := j.Front[refNoticing] == n.String()
	if !again {
		var err error
		if j, err = b.jobs.SaveFront(ctx, j.ID, map[string]string{refNoticing: n.String()}); err != nil {
			return j, err
		}
	}
	var errs []error
	for _, l := range letters {
		err := b.send(ctx, &j, n, l, again)
		switch {
		case err == nil:
		case b.final(&j, l, err):
			b.log.WarnContext(ctx, "people not told", "job_id", j.ID, "event", string(n.kind), "slack_error", refusal(err), "err", err)
		default:
			errs = append(errs, err)
		}
	}
	return j, errors.Join(errs...)
}

// final reports whether it is no use to try a message again: Slack has refused it for good where it was to go, or, outside of
// the job's own conversation, often enough.
func (b *Bot) final(j *jobs.Job, l letter, err error) bool {
	if l.channel == j.Front[refChannel] {
		return lasting(j, err)
	}
	return homeless(err) || threadGone(err) || lasting(j, err) || j.Unshown >= patience
}

// letter is one message about an event.
type letter struct {
	channel, thread, words string
}

// send posts a message about an event, unless it may be there and is.
func (b *Bot) send(ctx context.Context, j *jobs.Job, n news, l letter, again bool) error {
	if again {
		ts, err := b.search(ctx, j, l.channel, l.thread, func(m *slack.Message) bool {
			return m.Metadata.EventType == NoticeEvent && m.Metadata.EventPayload["job_id"] == j.ID && m.Metadata.EventPayload["event"] == n.String()
		})
		if err != nil || ts != "" {
			return err
		}
	}
	md := slack.SlackMetadata{EventType: NoticeEvent, EventPayload: map[string]any{"job_id": j.ID, "event": n.String()}}
	_, err := b.postCard(ctx, l.channel, l.thread, md, card{text: l.words, blocks: []slack.Block{section(l.words)}})
	return err
}

// letters are the messages about an event. In a direct message there is only the requester: approvers who were asked
// elsewhere are told there.
func (b *Bot) letters(ctx context.Context, v view, j *jobs.Job, n news) []letter {
	if n.kind == newsAsk && len(b.o.Approvers) == 0 {
		return nil
	}
	channel, direct := j.Front[refChannel], isDirect(j.Front[refChannel])
	facts := b.factsOf(ctx, v, n)
	var out []letter
	if !direct || (n.kind != newsAsk && (n.kind != newsResumed || byOther(j, n.actor))) {
		facts.p = b.printer(ctx, j.Requester.ID)
		if j.Front[refThread] != "" {
			// The card is one of several messages in the thread.
			facts.card = b.link(ctx, j)
		}
		to := []string{mention(j.Requester)}
		if !direct {
			to = b.readers(v, n)
		}
		out = append(out, letter{channel: channel, thread: thread(j), words: cutMarks(facts.words(to), sectionLimit)})
	}
	if !direct {
		return out
	}
	for ref := range strings.FieldsSeq(j.Front[refAsked]) {
		user, place, _ := strings.Cut(ref, ":")
		channel, ts, ok := strings.Cut(place, "/")
		if !ok || !concerns(j, n, user) {
			continue
		}
		facts.p, facts.card = b.printer(ctx, user), ""
		out = append(out, letter{channel: channel, thread: ts, words: cutMarks(facts.words([]string{mention(jobs.Actor{ID: user})}), sectionLimit)})
	}
	return out
}

// readers are who has to know of an event, as mrkdwn.
func (b *Bot) readers(v view, n news) []string {
	to := []string{mention(v.job.Requester)}
	switch n.kind {
	case newsAsk:
		// The sentence names those who are to decide.
		return nil
	case newsResumed:
		if !byOther(&v.job, n.actor) {
			to = nil
		}
		if n.overrides(&v.job) {
			to = append(to, mention(n.former))
		}
	case newsHalted, newsSeats:
		if d := v.job.Decision; d != nil && byOther(&v.job, d.Actor) {
			to = append(to, mention(d.Actor))
		}
	case newsAnew, newsOverlap:
		for who := range strings.SplitSeq(cutMarks(v.approvers, sectionLimit/2), ", ") {
			if who != "" && !slices.Contains(to, who) {
				to = append(to, who)
			}
		}
	case newsExpired, newsRejected, newsCanceled, newsRefused, newsErrored, newsNothing, newsBehind, newsHeld, newsDaily:
	}
	return to
}

// concerns reports whether an approver has to know of an event.
func concerns(j *jobs.Job, n news, user string) bool {
	switch n.kind {
	case newsAsk, newsAnew, newsOverlap:
		return user != j.Requester.ID
	case newsHalted, newsSeats:
		return j.Decision != nil && j.Decision.Actor.ID == user && user != j.Requester.ID
	case newsResumed:
		return n.overrides(j) && n.former.ID == user
	case newsExpired, newsRejected, newsCanceled, newsRefused, newsErrored, newsNothing, newsBehind, newsHeld, newsDaily:
	}
	return false
}
