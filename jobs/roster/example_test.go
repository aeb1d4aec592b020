package roster_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/zoomusers/zoomusers/jobs/roster"
)

func ExampleRead() {
	file := "E-mail;Prénom;Nom;Groupe d’utilisateurs\n" +
		"Lea@example.com;Léa;Dupré;Ventes, Siège\n" +
		"noel@example,com;Noël;;Ventes\n"
	r, err := roster.Read([]byte(file), roster.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Language, string(r.Delimiter), r.Encoding)
	for _, row := range r.Rows {
		fmt.Println(row.Number, row.Key(), row.Groups(), r.Invalid(row.Number))
	}
	for _, i := range r.Issues {
		fmt.Println(i, "→", i.Suggestion)
	}
	// Output:
	// fr ; utf-8
	// 1 lea@example.com [Ventes Siège] false
	// 2 noel@example,com [Ventes] true
	// line 3, row 2, email: error: invalid email (reason no_dot) → noel@example.com
	// line 3, row 2, last_name: error: missing last name →
}

func ExampleRead_refused() {
	_, err := roster.Read([]byte("%PDF-1.7"), roster.Options{})
	if refused, ok := errors.AsType[*roster.RefusedError](err); ok {
		fmt.Println(refused.Code, refused.Params["kind"])
	}
	// Output: not_csv pdf
}

func ExampleWrite() {
	var b strings.Builder
	err := roster.Write(&b, []string{"Email", "Department"}, [][]string{
		{"a@example.com", "Sales, Europe"},
		{"b@example.com", "=1+1"},
	}, roster.WriteOptions{FormulaSafe: true})
	fmt.Print(strings.ReplaceAll(b.String(), "\r\n", "\n"))
	fmt.Println(err)
	// Output:
	// Email,Department
	// a@example.com,"Sales, Europe"
	// b@example.com,'=1+1
	// <nil>
}

func ExampleNearest() {
	fmt.Println(roster.Nearest("Marketnig", []string{"Sales", "Marketing", "Market Research"}, 2))
	// Output: [Marketing]
}
