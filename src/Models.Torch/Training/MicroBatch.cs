namespace AgentTeams.Models.Torch;

/// <summary>Rows that go through the model together.</summary>
/// <param name="Indices">Which rows of the whole, in the order of the batch.</param>
/// <param name="Rows">The rows.</param>
internal sealed record MicroBatch(IReadOnlyList<int> Indices, IReadOnlyList<TrainingRow> Rows)
{
    /// <summary>Tokens of the longest row.</summary>
    public int Width { get; } = Rows.Max(LengthOf);

    /// <summary>Tokens with padding.</summary>
    public int Tokens => Width * Rows.Count;

    /// <summary>Tokens that a row is read as; the last completion id is only predicted.</summary>
    public static int LengthOf(TrainingRow row) => row.PromptIds.Length + row.CompletionIds.Length - 1;

    /// <summary>
    /// Divides rows by length, longest first, so that little is padded and what needs most memory comes first. Consecutive rows of
    /// one coupling stay together, in their order.
    /// </summary>
    /// <param name="rows">The rows.</param>
    /// <param name="tokens">The most tokens of a batch, padding included, unless its first rows have more.</param>
    public static List<MicroBatch> Plan(IReadOnlyList<TrainingRow> rows, int tokens)
    {
        var units = new List<List<int>>();
        for (var i = 0; i < rows.Count; i++)
        {
            if (i > 0 && rows[i].Coupling is { } coupling && rows[i - 1].Coupling == coupling) units[^1].Add(i);
            else units.Add([i]);
        }

        var batches = new List<List<int>>();
        var width = 0;
        foreach (var unit in units.OrderByDescending(WidthOf))
        {
            if (batches.Count == 0 || (long)width * (batches[^1].Count + unit.Count) > tokens)
            {
                batches.Add([]);
                width = WidthOf(unit);
            }

            batches[^1].AddRange(unit);
        }

        return batches.ConvertAll(b => new MicroBatch(b, b.ConvertAll(i => rows[i])));

        int WidthOf(List<int> unit) => unit.Max(i => LengthOf(rows[i]));
    }
}
