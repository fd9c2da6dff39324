package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

// completeNames lets a shell complete the names of exercises and steps. It says nothing where there is no workbook.
func (a *app) completeNames(_ *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	c, err := a.loadCourse()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	for _, s := range c.Steps {
		names = append(names, cobra.CompletionWithDesc(fmt.Sprint(s.Number), s.Title))
	}
	for _, e := range c.Exercises() {
		names = append(names, cobra.CompletionWithDesc(e.Number, e.Title), cobra.CompletionWithDesc(e.Slug, e.Title))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// takesNames says of a command that its arguments are names of exercises.
func (a *app) takesNames(commands ...*cobra.Command) []*cobra.Command {
	for _, cmd := range commands {
		cmd.ValidArgsFunction = a.completeNames
	}
	return commands
}
