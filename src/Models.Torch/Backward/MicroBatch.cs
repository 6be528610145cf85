namespace AgentTeams.Models.Torch;

/// <summary>Rows that go through the model together.</summary>
/// <param name="batch">The rows, and the samples that share them.</param>
internal sealed class MicroBatch(RowBatch batch)
{
    /// <summary>The rows, and the samples that share them.</summary>
    public RowBatch Batch => batch;

    /// <summary>The rows.</summary>
    public IReadOnlyList<TrainingRow> Rows => batch.Rows;

    /// <summary>Tokens of the longest row.</summary>
    public int Width { get; } = batch.Rows.Max(LengthOf);

    /// <summary>Tokens with padding.</summary>
    public int Tokens => Width * Rows.Count;

    /// <summary>Tokens that a row is read as; the last completion id is only predicted.</summary>
    public static int LengthOf(TrainingRow row) => row.PromptIds.Length + row.CompletionIds.Length - 1;

    /// <summary>
    /// Divides rows by length, longest first, so that little is padded and what needs most memory comes first. Units of rows
    /// stay together, in their order.
    /// </summary>
    /// <param name="rows">The rows.</param>
    /// <param name="tokens">The most tokens of a batch, padding included, unless its first rows have more.</param>
    public static List<MicroBatch> Plan(IReadOnlyList<TrainingRow> rows, int tokens)
    {
        var batches = new List<List<RowUnit>>();
        var (width, count) = (0, 0);
        foreach (var unit in RowUnit.Of(rows).OrderByDescending(WidthOf))
        {
            if (batches.Count == 0 || (long)width * (count + unit.Rows.Count) > tokens)
            {
                batches.Add([]);
                (width, count) = (WidthOf(unit), 0);
            }

            batches[^1].Add(unit);
            count += unit.Rows.Count;
        }

        return batches.ConvertAll(b => new MicroBatch(new RowBatch(rows, b)));

        static int WidthOf(RowUnit unit) => unit.Rows.Max(r => LengthOf(r.Row));
    }
}
