package zoomtest

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// leastPending is how many people at least are pending in accounts of some
// size.
const leastPending = 12

// seedDays are how long ago people were invited: some today, some about to
// lapse.
func seedDays() []int { return []int{0, 1, 2, 3, 5, 7, 9, 12, 15, 19, 24, 27, 29} }

// detailer gives people what an export shows and an update changes. It draws
// from numbers of its own, so that names, addresses and groups stay what they
// were.
type detailer struct {
	rng       *rand.Rand
	now       time.Time
	divisions []string
	seats     Seats

	pending, licensed       int
	webinar500, webinar1000 int
	large500, phones        int
}

func (d *detailer) person(i int, u *User) {
	if u.Status == Pending {
		days := seedDays()
		u.InvitedAt = d.now.Add(-time.Duration(days[d.pending%len(days)]*24+d.pending%20) * time.Hour)
		d.pending++
		return
	}
	if d.rng.IntN(10) < 7 {
		u.DivisionIDs = []string{pick(d.rng, d.divisions)}
	}
	u.CustomAttributes = []CustomAttribute{{Key: "cbf_employee_no", Name: "Employee number", Value: fmt.Sprintf("%06d", 417+i*13)}}
	if d.rng.IntN(3) > 0 {
		u.CustomAttributes = append(u.CustomAttributes, CustomAttribute{Key: "cbf_site", Name: "Site", Value: u.Location + pick(d.rng, []string{" HQ", " North", " 2"})})
	}
	if d.rng.IntN(4) == 0 {
		badge := pick(d.rng, []string{"Blue", "Green; visitors", "Red", "+7", "Grün"})
		u.CustomAttributes = append(u.CustomAttributes, CustomAttribute{Key: "cbf_badge", Name: "Badge", Value: badge})
	}
	if d.rng.IntN(5) == 0 {
		u.Pronouns, u.PronounsOption = pick(d.rng, []string{"she/her", "he/him", "they/them"}), 1+d.rng.IntN(3)
	}
	if d.rng.IntN(8) == 0 {
		u.Company = "Example Labs, Ltd."
	}
	if d.rng.IntN(12) == 0 {
		u.DisplayName = u.FirstName + " (" + u.Dept + ")"
	}
	d.numbers(i, u)
	// Content that careless files lose.
	switch i {
	case 11:
		u.JobTitle = "Engineer, Platform \"Core\""
	case 13:
		u.CostCenter = "=100+1"
	case 17:
		u.CostCenter = "(clear)"
	}
	if u.Status == Active && u.Type == Licensed {
		d.addOns(u)
	}
}

// numbers makes up to three profile numbers, of ranges nobody answers.
func (d *detailer) numbers(i int, u *User) {
	if len(u.PhoneNumbers) == 0 {
		return
	}
	country, code := u.PhoneNumbers[0].Country, u.PhoneNumbers[0].Code
	four := func(k int) string { return fmt.Sprintf("%04d", (i*3+k)%10_000) }
	number := map[string]func(int) string{
		"FR": func(k int) string { return "63998" + four(k) },
		"DE": func(k int) string { return "3023125" + four(k)[1:] },
		"JP": func(k int) string { return "900000" + four(k) },
		"US": func(k int) string { return "20255501" + four(k)[2:] },
		"BR": func(k int) string { return "1190000" + four(k) },
		"ES": func(k int) string { return "60000" + four(k) },
	}[country]
	u.PhoneNumbers = nil
	for k, label := range []string{"Office", "Mobile", "Home"}[:1+d.rng.IntN(3)] {
		u.PhoneNumbers = append(u.PhoneNumbers, PhoneNumber{Country: country, Code: code, Number: number(k), Label: label})
	}
}

// addOns gives a few of the licensed people add-ons, and leaves seats.
func (d *detailer) addOns(u *User) {
	d.licensed++
	n := d.licensed
	switch {
	case n == 2 && d.webinar1000 < d.seats.Webinar[1000]-1:
		u.Feature.Webinar, u.Feature.WebinarCapacity = true, 1000
		d.webinar1000++
	case n%3 == 1 && d.webinar500 < min(3, d.seats.Webinar[500]-1):
		u.Feature.Webinar, u.Feature.WebinarCapacity = true, 500
		d.webinar500++
	}
	if n%4 == 0 && d.large500 < min(4, d.seats.LargeMeeting[500]-1) {
		u.Feature.LargeMeeting, u.Feature.LargeMeetingCapacity = true, 500
		d.large500++
	}
	if n%5 == 0 && d.phones < min(3, d.seats.Phone-1) {
		u.Feature.ZoomPhone = true
		d.phones++
	}
}

// seedChats makes chat groups of the account's generation, and puts some of
// the active people into them.
func (a *Account) seedChats() {
	members := map[string][]string{}
	active := 0
	for _, u := range a.Users() {
		if u.Status != Active {
			continue
		}
		members["Announcements"] = append(members["Announcements"], u.Email)
		if active%4 == 0 {
			members["Watercooler"] = append(members["Watercooler"], u.Email)
		}
		if u.Dept == "Engineering" && active%2 == 0 {
			members["On call"] = append(members["On call"], u.Email)
		}
		if active++; active == 200 {
			break // Enough to be seen, few enough for a large account.
		}
	}
	for _, name := range []string{"Announcements", "Watercooler", "On call"} {
		if a.opts.IMGroups {
			a.JoinIM(a.AddIMGroup(name).ID, members[name]...)
		} else {
			a.AddContactGroup(name, members[name]...)
		}
	}
}

// morePending turns some people at the end, who have nothing yet, into invited
// ones until there are enough.
func morePending(users []User, now time.Time) {
	pending := 0
	for _, u := range users {
		if u.Status == Pending {
			pending++
		}
	}
	for i := len(users) - 1; i > 0 && pending < leastPending && len(users) >= 5*leastPending; i -= 4 {
		if u := users[i]; u.Status == Active && u.RoleID == RoleMember {
			users[i] = invited(u, now)
			pending++
		}
	}
}

// invited is what the account knows of a person who is only invited.
func invited(u User, now time.Time) User {
	return User{
		Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Type: u.Type, RoleID: u.RoleID, Status: Pending,
		InvitedAt: now, CreatedAt: now,
	}
}
