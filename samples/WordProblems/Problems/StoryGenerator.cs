using System.Globalization;

namespace AgentTeams.Samples.WordProblems;

/// <summary>
/// Makes word problems: a start, up to two events, up to two distracting facts, a question. The template of a problem is which
/// sentences it uses, in which order; a fifth of all templates is held out for testing, so that every test problem is a
/// combination of sentences that training never showed.
/// </summary>
internal sealed class StoryGenerator(Random random)
{
    private static readonly string[] s_afterStart = ["", "+", "-", "*", "/", "++", "+-", "--", "-+", "+*", "-*", "+/", "-/"];
    private static readonly string[] s_afterProduct = ["", "+", "-", "/"];

    /// <summary>Problems with distinct questions.</summary>
    /// <param name="count">How many.</param>
    /// <param name="heldOut">Whether their templates are the held-out ones.</param>
    /// <param name="prefix">What their ids begin with.</param>
    public IReadOnlyList<Problem> Generate(int count, bool heldOut, string prefix)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var problems = new List<Problem>(count);
        while (problems.Count < count)
        {
            if (Draw($"{prefix}-{problems.Count.ToString(CultureInfo.InvariantCulture)}") is not { } drawn) continue;
            if (IsHeldOut(drawn.Template) == heldOut && seen.Add(drawn.Problem.NormalizedQuestion)) problems.Add(drawn.Problem);
        }

        return problems;
    }

    private static bool IsHeldOut(string template) => new SeedKey(0, "template", Task: template).ToSeed() % 5 == 0;

    /// <returns>Null when the numbers would lead to a negative or fractional count.</returns>
    private (string Template, Problem Problem)? Draw(string id)
    {
        var product = random.Next(4) == 0;
        var events = Pick(product ? s_afterProduct : s_afterStart[1..]);
        var story = new Story();
        AddStart(story, product);
        foreach (var e in events) AddEvent(story, e);
        if (!story.IsWhole) return null;
        if (!product && random.Next(3) == 0 && events.Length > 0) MoveStartBack(story);
        var distractors = random.Next(5) switch { < 2 => 0, < 4 => 1, _ => 2 };
        for (var i = 0; i < distractors; i++)
            story.Sentences.Insert(random.Next(story.Sentences.Count + 1), new(Pick(StoryPhrases.Distractors), [-1 - i]));
        var last = events.Length == 0 ? ' ' : events[^1];
        story.Sentences.Add(new(Pick(last switch { '*' => StoryPhrases.ScaleQuestions, '/' => StoryPhrases.SplitQuestions, _ => StoryPhrases.CountQuestions }), []));
        return (string.Join('|', story.Sentences.Select(s => s.Phrase)), Tell(story, id));
    }

    private void AddStart(Story story, bool product)
    {
        if (product)
        {
            story.Sentences.Add(new(Pick(StoryPhrases.ProductStarts), [0, 1]));
            story.Values.AddRange([random.Next(2, 13), random.Next(3, 20)]);
            story.Formula = new Formula.Operation('*', new Formula.Operand("0"), new Formula.Operand("1"));
            story.Total = story.Values[0] * story.Values[1];
        }
        else
        {
            story.Sentences.Add(new(Pick(StoryPhrases.Starts), [0]));
            story.Values.Add(random.Next(20, 100));
            story.Formula = new Formula.Operand("0");
            story.Total = story.Values[0];
        }
    }

    private void AddEvent(Story story, char operation)
    {
        var value = operation switch
        {
            '+' => random.Next(2, 80),
            '-' => random.Next(1, 80),
            '*' => random.Next(2, 12),
            _ => random.Next(2, 10),
        };
        story.IsWhole &= operation switch { '-' => story.Total > value, '/' => story.Total % value == 0, _ => true };
        story.Sentences.Add(new(Pick(operation switch { '+' => StoryPhrases.Gains, '-' => StoryPhrases.Losses, '*' => StoryPhrases.Scales, _ => StoryPhrases.Splits }), [story.Values.Count]));
        story.Formula = new Formula.Operation(operation, story.Formula, new Formula.Operand(story.Values.Count.ToString(CultureInfo.InvariantCulture)));
        story.Values.Add(value);
        story.Total = operation switch { '+' => story.Total + value, '-' => story.Total - value, '*' => story.Total * value, _ => story.Total / value };
    }

    private void MoveStartBack(Story story)
    {
        story.Sentences.RemoveAt(0);
        story.Sentences.Insert(1, new(Pick(StoryPhrases.Flashbacks), [0]));
    }

    private Problem Tell(Story story, string id)
    {
        var words = new Dictionary<string, string> { ["{p}"] = Pick(StoryPhrases.Places), ["{c}"] = Pick(StoryPhrases.Containers) };
        (words["{a}"], words["{b}"]) = PickTwo(StoryPhrases.People);
        (words["{x}"], words["{y}"]) = PickTwo(StoryPhrases.Things);
        var order = new List<int>();
        var text = string.Join(' ', story.Sentences.Select(sentence =>
        {
            var told = sentence.Phrase;
            foreach (var slot in sentence.Slots)
            {
                var at = told.IndexOf("{n}", StringComparison.Ordinal);
                told = $"{told[..at]}number{order.Count.ToString(CultureInfo.InvariantCulture)}{told[(at + 3)..]}";
                order.Add(slot);
            }

            foreach (var (slot, word) in words) told = told.Replace(slot, word, StringComparison.Ordinal);
            return told;
        }));
        var numbers = order.Select(slot => (slot >= 0 ? story.Values[slot] : random.Next(2, 100)).ToString(CultureInfo.InvariantCulture)).ToList();
        return new Problem(id, text, numbers, Rename(story.Formula, order), story.Total);
    }

    private static Formula Rename(Formula formula, List<int> order) => formula switch
    {
        Formula.Operand slot => new Formula.Operand($"number{order.IndexOf(int.Parse(slot.Text, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture)}"),
        Formula.Operation o => new Formula.Operation(o.Symbol, Rename(o.Left, order), Rename(o.Right, order)),
        _ => formula,
    };

    private (string, string) PickTwo(IReadOnlyList<string> from)
    {
        var first = random.Next(from.Count);
        var second = (first + 1 + random.Next(from.Count - 1)) % from.Count;
        return (from[first], from[second]);
    }

    private T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];

    private sealed class Story
    {
        public List<Sentence> Sentences { get; } = [];

        public List<int> Values { get; } = [];

        public Formula Formula { get; set; } = new Formula.Operand("0");

        public int Total { get; set; }

        public bool IsWhole { get; set; } = true;
    }

    private sealed record Sentence(string Phrase, IReadOnlyList<int> Slots);
}
