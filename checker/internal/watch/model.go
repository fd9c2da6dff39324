package watch

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
)

// page is what the middle of the screen shows.
type page int

const (
	verdictPage page = iota
	hintPage
	lessonPage
	listPage
	resetPage // asks whether to reset
)

// model is the state of the interface. It is used from one goroutine alone; what others find out comes as messages.
type model struct {
	ctx  context.Context
	desk Desk
	told bool
	send func(tea.Msg)

	width, height int
	view          viewport.Model
	page          page
	full          bool // every story, not the first alone
	notice        string

	check     int // number of the check whose verdict counts
	running   bool
	endCheck  context.CancelFunc
	endWatch  context.CancelFunc
	verdict   *Verdict
	doing     string // what the check says that it does
	list      []Line
	chosen    int
	extraText string // of the hint or lesson
}

// Messages.
type (
	savedMsg struct{ dir string }
	saidMsg  struct {
		check int
		text  string
	}
	checkedMsg struct {
		check   int
		verdict Verdict
		err     error
	}
	watchFailedMsg struct{ err error }
)

func newModel(ctx context.Context, desk Desk, told bool) *model {
	m := &model{ctx: ctx, desk: desk, told: told, send: func(tea.Msg) {}, width: 80, height: 24, view: viewport.New()}
	m.view.SoftWrap = true
	m.endCheck, m.endWatch = func() {}, func() {}
	if !told {
		m.notice = "The system does not tell of saves here: looking every half second."
	}
	return m
}

func (m *model) Init() tea.Cmd { return m.begin() }

// begin turns to the current exercise: watches its files and checks it.
func (m *model) begin() tea.Cmd {
	m.endWatch()
	m.verdict, m.page, m.full = nil, verdictPage, false
	e, open := m.desk.Current()
	if !open {
		m.endCheck()
		m.running = false
		m.fill()
		return nil
	}
	var ctx context.Context
	ctx, m.endWatch = context.WithCancel(m.ctx)
	return tea.Batch(m.start(false), func() tea.Msg {
		saves, err := Saves(ctx, e.Dir, m.told)
		if err != nil {
			return watchFailedMsg{err}
		}
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-saves:
				m.send(savedMsg{e.Dir})
			}
		}
	})
}

// start begins a check; one that is running counts no more.
func (m *model) start(all bool) tea.Cmd {
	m.endCheck()
	var ctx context.Context
	ctx, m.endCheck = context.WithCancel(m.ctx)
	m.check++
	m.running, m.doing = true, ""
	if m.page != listPage {
		m.page = verdictPage
	}
	number := m.check
	m.fill()
	return func() tea.Msg {
		v, err := m.desk.Check(ctx, all, func(text string) { m.send(saidMsg{number, text}) })
		return checkedMsg{number, v, err}
	}
}

func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.fill()
	case tea.KeyPressMsg:
		return m, m.key(msg)
	case savedMsg:
		if e, open := m.desk.Current(); open && e.Dir == msg.dir {
			m.notice = ""
			return m, m.start(false)
		}
	case saidMsg:
		if msg.check == m.check {
			m.doing = msg.text
		}
	case checkedMsg:
		m.checked(msg)
	case watchFailedMsg:
		m.notice = msg.err.Error() + ": press c to check"
	}
	return m, nil
}

func (m *model) checked(msg checkedMsg) {
	if msg.check != m.check {
		return // of an older save
	}
	m.running, m.doing = false, ""
	switch {
	case errors.Is(msg.err, context.Canceled):
		return
	case msg.err != nil:
		m.verdict = &Verdict{Summary: "could not check", Short: msg.err.Error(), Full: msg.err.Error()}
	default:
		m.verdict = &msg.verdict
	}
	m.fill()
	m.view.GotoTop()
}

// key does what a key asks for. Keys that mean nothing here scroll.
func (m *model) key(msg tea.KeyPressMsg) tea.Cmd {
	key := msg.String()
	if m.page == resetPage {
		return m.answerReset(key)
	}
	if m.page == listPage {
		if cmd, done := m.keyInList(key); done {
			return cmd
		}
	}
	switch key {
	case "q", "ctrl+c":
		m.endCheck()
		m.endWatch()
		return tea.Quit
	case "n":
		return m.next()
	case "c", "enter":
		return m.start(false)
	case "a":
		return m.start(true)
	case "v":
		m.full = !m.full
		m.turnTo(verdictPage, "")
	case "h":
		m.read(hintPage, func() (string, error) { return m.desk.Hint(m.width) })
	case "o":
		m.read(lessonPage, func() (string, error) { return m.desk.Lesson(m.width) })
	case "l":
		m.openList()
	case "r":
		m.turnTo(resetPage, "")
	case "esc", "backspace":
		m.turnTo(verdictPage, "")
	default:
		var cmd tea.Cmd
		m.view, cmd = m.view.Update(msg)
		return cmd
	}
	return nil
}

func (m *model) next() tea.Cmd {
	id, found := m.desk.Next()
	if !found {
		m.notice = "There is no other exercise that is open now."
		return nil
	}
	return m.choose(id)
}

func (m *model) choose(id string) tea.Cmd {
	if err := m.desk.Choose(id); err != nil {
		m.notice = err.Error()
		return nil
	}
	m.notice = ""
	return m.begin()
}

// read shows a text that the desk has, or why it has none.
func (m *model) read(p page, text func() (string, error)) {
	if _, open := m.desk.Current(); !open {
		m.notice = "Everything passes: l lists the exercises."
		return
	}
	said, err := text()
	if err != nil {
		m.notice = err.Error()
		return
	}
	m.turnTo(p, said)
}

func (m *model) turnTo(p page, text string) {
	m.page, m.extraText = p, text
	m.fill()
	m.view.GotoTop()
}

func (m *model) answerReset(key string) tea.Cmd {
	m.turnTo(verdictPage, "")
	if key != "y" {
		m.notice = "Nothing was reset."
		return nil
	}
	said, err := m.desk.Reset()
	if err != nil {
		said = err.Error()
	}
	m.notice = said
	return nil // the files have changed, which begins a check
}

func (m *model) openList() {
	list, err := m.desk.List()
	if err != nil {
		m.notice = err.Error()
		return
	}
	m.list, m.chosen = list, 0
	if e, open := m.desk.Current(); open {
		for i, l := range list {
			if l.ID == e.ID {
				m.chosen = i
			}
		}
	}
	m.turnTo(listPage, "")
}

// keyInList moves in the list, and reports whether the key was one of the list's own.
func (m *model) keyInList(key string) (tea.Cmd, bool) {
	step := map[string]int{"up": -1, "k": -1, "down": 1, "j": 1, "pgup": -10, "pgdown": 10, "home": -len(m.list), "end": len(m.list)}[key]
	switch {
	case step != 0:
		m.chosen = max(0, min(len(m.list)-1, m.chosen+step))
		m.fill()
		return nil, true
	case key == "enter" && len(m.list) > 0:
		return m.choose(m.list[m.chosen].ID), true
	case key == "l":
		m.turnTo(verdictPage, "")
		return nil, true
	}
	return nil, false
}

// What stands above and below the middle of the screen.
const (
	above = 3
	below = 3
)

// fill puts what there is to show into the middle of the screen.
func (m *model) fill() {
	m.view.SetWidth(max(1, m.width))
	m.view.SetHeight(max(1, m.height-above-below))
	m.view.SetContent(m.content())
	if m.page == listPage { // the chosen line stays in sight
		top := m.view.YOffset()
		switch h := m.view.Height(); {
		case m.chosen < top:
			m.view.SetYOffset(m.chosen)
		case m.chosen >= top+h:
			m.view.SetYOffset(m.chosen - h + 1)
		}
	}
}

func (m *model) content() string {
	switch m.page {
	case hintPage, lessonPage:
		return m.extraText
	case resetPage:
		return "Set this exercise back to its start?\n\nYour files are kept as a backup. Press y to do it, any other key to leave it."
	case listPage:
		return m.listed()
	}
	if _, open := m.desk.Current(); !open {
		return "Every exercise passes. Well done.\n\na checks all of them again, l lists them."
	}
	switch {
	case m.verdict == nil:
		return ""
	case m.full:
		return m.verdict.Full
	}
	return m.verdict.Short
}

func (m *model) listed() string {
	var b strings.Builder
	for i, l := range m.list {
		mark := "  "
		if i == m.chosen {
			mark = "> "
		}
		line := []rune(mark + l.Text)
		b.WriteString(string(line[:min(len(line), max(1, m.width))]))
		if i < len(m.list)-1 {
			b.WriteString("\n")
		}
	}
	return b.String()
}

var (
	strong = lipgloss.NewStyle().Bold(true)
	faint  = lipgloss.NewStyle().Faint(true)
	good   = lipgloss.NewStyle().Foreground(lipgloss.Green)
	bad    = lipgloss.NewStyle().Foreground(lipgloss.Red)
	alert  = lipgloss.NewStyle().Foreground(lipgloss.Yellow)
)

func (m *model) View() tea.View {
	lines := []string{m.heading(), m.status(), faint.Render(strings.Repeat("─", max(1, m.width)))}
	lines = append(lines, strings.Split(m.view.View(), "\n")...)
	for len(lines) < m.height-below {
		lines = append(lines, "")
	}
	lines = append(lines, faint.Render(strings.Repeat("─", max(1, m.width))), m.fit(alert, m.notice), m.keys())
	v := tea.NewView(strings.Join(lines, "\n"))
	v.AltScreen = true
	v.WindowTitle = "Backend Workbook"
	return v
}

func (m *model) heading() string {
	title := "Backend Workbook"
	if e, open := m.desk.Current(); open {
		title = e.Number + "  " + e.Title
	}
	done, total := m.desk.Progress()
	count := fmt.Sprintf(" %d of %d", done, total)
	bar := progressBar(done, total, 12)
	room := m.width - 12 - len(count) - 1
	if room < 10 {
		return m.fit(strong, title)
	}
	cut := []rune(title)
	cut = cut[:min(len(cut), room)]
	return strong.Render(string(cut)) + strings.Repeat(" ", room-len(cut)+1) + bar + faint.Render(count)
}

func progressBar(done, total, cells int) string {
	full := 0
	if total > 0 {
		full = done * cells / total
	}
	if done > 0 && full == 0 {
		full = 1
	}
	return good.Render(strings.Repeat("█", full)) + faint.Render(strings.Repeat("░", cells-full))
}

func (m *model) status() string {
	switch {
	case m.running && m.doing != "":
		return m.fit(faint, m.doing)
	case m.running:
		return m.fit(faint, "Checking …")
	case m.verdict == nil:
		return ""
	case m.verdict.Passing:
		return m.fit(good, m.verdict.Summary)
	}
	return m.fit(bad, m.verdict.Summary)
}

// keys says what can be done here, as far as the line goes.
func (m *model) keys() string {
	keys := "n next  h hint  v all tests  o lesson  l list  r reset  a run all  q quit"
	switch {
	case m.page == listPage:
		keys = "↑↓ move  enter choose  l back  q quit"
	case m.page == resetPage:
		keys = "y yes  any other key no"
	case m.page != verdictPage:
		keys = "esc back  ↑↓ scroll  n next  h hint  o lesson  l list  q quit"
	}
	return m.fit(faint, keys)
}

// fit shows the first line of a text, cut to the screen's width.
func (m *model) fit(style lipgloss.Style, text string) string {
	text, _, _ = strings.Cut(text, "\n")
	line := []rune(text)
	return style.Render(string(line[:min(len(line), max(1, m.width))]))
}
