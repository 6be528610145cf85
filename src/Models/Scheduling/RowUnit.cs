using System.Runtime.InteropServices;

namespace AgentTeams.Models;

/// <summary>
/// Rows that a micro-batch takes as a whole: consecutive rows of one coupling, or all uncoupled rows that are equal in what a
/// forward pass reads, wherever they stand.
/// </summary>
/// <param name="Rows">The different rows; equal ones of the unit are one.</param>
internal sealed record RowUnit(IReadOnlyList<SharedRow> Rows)
{
    /// <summary>The units of a batch in the order of their first rows.</summary>
    public static List<RowUnit> Of(IReadOnlyList<TrainingRow> rows)
    {
        var units = new List<List<SharedRow>>();
        var alone = new Dictionary<TrainingRow, SharedRow>(SameForward.Instance);
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            if (row.Coupling is null)
            {
                if (alone.TryGetValue(row, out var equal))
                {
                    equal.Samples.Add(i);
                    continue;
                }

                alone[row] = new SharedRow(row, [i]);
                units.Add([alone[row]]);
                continue;
            }

            if (i == 0 || rows[i - 1].Coupling != row.Coupling) units.Add([]);
            if (units[^1].Find(s => SameForward.Instance.Equals(s.Row, row)) is { } coupled) coupled.Samples.Add(i);
            else units[^1].Add(new SharedRow(row, [i]));
        }

        return units.ConvertAll(u => new RowUnit(u));
    }

    private sealed class SameForward : IEqualityComparer<TrainingRow>
    {
        public static SameForward Instance { get; } = new();

        public bool Equals(TrainingRow? x, TrainingRow? y) => x is not null && y is not null && x.Temperature == y.Temperature
            && x.PromptIds.AsSpan().SequenceEqual(y.PromptIds) && x.CompletionIds.AsSpan().SequenceEqual(y.CompletionIds) && x.Constraints == y.Constraints;

        public int GetHashCode(TrainingRow row)
        {
            var hash = new HashCode();
            hash.AddBytes(MemoryMarshal.AsBytes(row.PromptIds.AsSpan()));
            hash.AddBytes(MemoryMarshal.AsBytes(row.CompletionIds.AsSpan()));
            return hash.ToHashCode();
        }
    }
}

/// <summary>A row that is computed once for all samples that are equal to it.</summary>
/// <param name="Row">The first of them.</param>
/// <param name="Samples">Their places in the batch, ascending.</param>
internal sealed record SharedRow(TrainingRow Row, List<int> Samples);
