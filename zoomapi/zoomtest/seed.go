package zoomtest

import (
	"math/rand/v2"
	"strconv"
	"time"
)

// seedNames are made-up people: how a name is written and how it goes into an
// address.
func seedNames() (first, last [][2]string) {
	first = [][2]string{
		{"Aiko", "aiko"},
		{"Zoë", "zoe"},
		{"Łukasz", "lukasz"},
		{"José", "jose"},
		{"Nguyệt", "nguyet"},
		{"Søren", "soren"},
		{"Fatima", "fatima"},
		{"Chloé", "chloe"},
		{"Jürgen", "jurgen"},
		{"Ayşe", "ayse"},
		{"美咲", "misaki"},
		{"Olena", "olena"},
		{"João", "joao"},
		{"Priya", "priya"},
		{"Kwame", "kwame"},
		{"Ingrid", "ingrid"},
		{"Дмитрий", "dmitri"},
		{"Siobhán", "siobhan"},
		{"Mateo", "mateo"},
		{"Leilani", "leilani"},
		{"小明", "xiaoming"},
		{"Anaïs", "anais"},
		{"Omar", "omar"},
		{"Grace", "grace"},
		{"Björk", "bjork"},
	}
	last = [][2]string{
		{"Tanaka", "tanaka"},
		{"O'Brien", "obrien"},
		{"Müller", "muller"},
		{"García López", "garcia"},
		{"Nguyễn", "nguyen"},
		{"Kowalska", "kowalska"},
		{"Ørsted", "orsted"},
		{"Al-Farsi", "alfarsi"},
		{"Dubois", "dubois"},
		{"Yılmaz", "yilmaz"},
		{"佐藤", "sato"},
		{"Шевченко", "shevchenko"},
		{"da Silva", "dasilva"},
		{"Iyer", "iyer"},
		{"Mensah", "mensah"},
		{"Lindqvist", "lindqvist"},
		{"王", "wang"},
		{"Ní Dhónaill", "nidhonaill"},
		{"Fernández", "fernandez"},
		{"Smith", "smith"},
		{"Kealoha", "kealoha"},
		{"van der Berg", "vanderberg"},
		{"Haddad", "haddad"},
		{"Johnson", "johnson"},
		{"Guðmundsdóttir", "gudmundsdottir"},
	}
	return first, last
}

type seedPlace struct{ location, language, timezone, country, code string }

func seedPlaces() []seedPlace {
	return []seedPlace{
		{"Paris", "fr-FR", "Europe/Paris", "FR", "+33"},
		{"Berlin", "de-DE", "Europe/Berlin", "DE", "+49"},
		{"Tokyo", "jp-JP", "Asia/Tokyo", "JP", "+81"},
		{"New York", "en-US", "America/New_York", "US", "+1"},
		{"São Paulo", "pt-PT", "America/Sao_Paulo", "BR", "+55"},
		{"Madrid", "es-ES", "Europe/Madrid", "ES", "+34"},
	}
}

// Seed fills the account with made-up people at example.com, the same for the
// same number and RandSeed: an owner (owner@example.com), two admins from 10
// people on, about 7 % pending since different days and a dozen from 60 people
// on, 4 % inactive, 30 % Licensed as far as three quarters of the seats go, a
// few of them with add-ons, ten groups, three divisions and three chat groups.
// Profiles have phone numbers, custom attributes, languages and time zones of
// several countries, and some texts that careless files lose. The account
// should be empty.
func (a *Account) Seed(people int) {
	names := []string{"All Staff", "Engineering", "Sales", "Support", "Marketing", "Finance", "People Team", "Design", "Field Office", "Contractors"}
	groups := make([]string, 0, len(names))
	for _, name := range names {
		groups = append(groups, a.AddGroup(name).ID)
	}
	divisions := make([]string, 0, 3)
	for _, name := range []string{"Northern Europe", "Southern Europe", "Overseas"} {
		divisions = append(divisions, a.AddDivision(name))
	}
	s := seeder{
		rng: rand.New(rand.NewPCG(a.opts.RandSeed, uint64(max(people, 0)))), //nolint:gosec // repeatable on purpose.
		now: a.now(), groups: groups, places: seedPlaces(),
		licensed: a.opts.Seats.Licensed * 3 / 4,
	}
	s.first, s.last = seedNames()
	users := make([]User, max(people, 0))
	for i := range users {
		users[i] = s.person(i)
	}
	morePending(users, s.now)
	d := detailer{
		rng: rand.New(rand.NewPCG(a.opts.RandSeed, uint64(len(users))+1)), //nolint:gosec // repeatable on purpose.
		now: s.now, divisions: divisions, seats: a.opts.Seats,
	}
	for i := range users {
		d.person(i, &users[i])
		a.AddUser(users[i])
	}
	a.seedChats()
}

// seeder makes people one after the other.
type seeder struct {
	rng         *rand.Rand
	now         time.Time
	first, last [][2]string
	groups      []string
	places      []seedPlace
	licensed    int // seats still to hand out
}

func (s *seeder) person(i int) User {
	first, last := pick(s.rng, s.first), pick(s.rng, s.last)
	place := pick(s.rng, s.places)
	depts := []string{"Engineering", "Sales", "Support", "Marketing", "Finance", "People", "Design"}
	titles := []string{"Engineer", "Account Manager", "Support Specialist", "Marketing Manager", "Analyst", "Partner", "Designer"}
	d := s.rng.IntN(len(depts))
	u := User{
		Email:     first[1] + "." + last[1] + "." + strconv.Itoa(i) + "@example.com",
		FirstName: first[0], LastName: last[0], Type: Basic, RoleID: RoleMember, Status: Active,
		Dept: depts[d], JobTitle: titles[d], Location: place.location, Company: "Example Corp",
		CostCenter: "CC-" + strconv.Itoa(100+d), Language: place.language, Timezone: place.timezone,
		CreatedAt: s.now.Add(-time.Duration(s.rng.IntN(1500)+1) * 24 * time.Hour).Truncate(time.Second),
	}
	switch i {
	case 0:
		u.Email, u.RoleID = "owner@example.com", RoleOwner
	case 3, 7:
		u.Email, u.RoleID = "admin"+strconv.Itoa(i/3)+"@example.com", RoleAdmin
	case 5: // small accounts have somebody pending and somebody inactive too
		u.Status = Pending
	case 6:
		u.Status = Inactive
	default:
		s.fate(&u)
	}
	if s.licensed > 0 && u.Status != Inactive && (u.isAdmin() || s.rng.IntN(100) < 30) {
		u.Type = Licensed
		s.licensed--
	}
	if u.Status == Pending {
		// What the account knows of an invited person is little.
		s.rng.IntN(20) // Once the day of the invitation; the others stay what they were.
		return invited(u, s.now)
	}
	u.GroupIDs = []string{s.groups[0], s.groups[d+1]} // one group per department
	for _, g := range s.groups[len(depts)+1:] {
		if s.rng.IntN(8) == 0 {
			u.GroupIDs = append(u.GroupIDs, g)
		}
	}
	if i > 0 {
		u.Manager = "owner@example.com"
	}
	if s.rng.IntN(3) == 0 {
		u.PhoneNumbers = []PhoneNumber{{
			Country: place.country, Code: place.code, Label: "Office",
			Number: "555" + strconv.Itoa(1_000_000+i%1_000_000),
		}}
	}
	u.LastLogin = s.now.Add(-time.Duration(s.rng.IntN(90*24)) * time.Hour).Truncate(time.Second)
	u.LastClientVersion = "6.2.11.43613(mac)"
	return u
}

// fate makes some people pending or inactive.
func (s *seeder) fate(u *User) {
	switch n := s.rng.IntN(100); {
	case n < 7:
		u.Status = Pending
	case n < 11:
		u.Status = Inactive
	}
}

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }
