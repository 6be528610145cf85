using System.Globalization;
using System.Text.Json;

namespace AgentTeams.Samples.GpuTeam;

/// <summary>A question whose answer is a number.</summary>
internal sealed record GsmTask(string Id, string Question, double Answer)
{
    private const string AnswerMark = "####";

    /// <summary>Reads JSONL in the format of GSM8K (Cobbe et al. 2021): <c>question</c>, and <c>answer</c> with the number behind ####.</summary>
    /// <exception cref="AgentTeamsException">A line is malformed; it is named.</exception>
    public static IReadOnlyList<GsmTask> Load(string path)
    {
        if (!File.Exists(path)) throw new AgentTeamsException($"'{path}' does not exist. Give a JSONL file in the format of GSM8K.");
        return [.. File.ReadLines(path).Select((line, i) => (line, Number: i + 1)).Where(l => l.line.Length > 0).Select(l => Parse(l.line, $"{path}:{l.Number}"))];
    }

    /// <summary>Small sums, so that the sample runs without any data.</summary>
    public static IReadOnlyList<GsmTask> Generate(int count, SeedKey seed)
    {
        var random = seed.ToRandom();
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var (a, b, more) = (random.Next(2, 50), random.Next(2, 50), random.Next(2) == 0);
            var (had, change) = (Math.Max(a, b), Math.Min(a, b));
            var text = string.Create(CultureInfo.InvariantCulture, $"Ana had {had} apples and {(more ? "got" : "gave away")} {change}. How many apples has she now?");
            return new GsmTask(string.Create(CultureInfo.InvariantCulture, $"g{i}"), text, more ? had + change : had - change);
        })];
    }

    /// <summary>Whether a value is the answer.</summary>
    public bool IsAnswer(string? value) => double.TryParse(value, CultureInfo.InvariantCulture, out var number) && Math.Abs(number - Answer) <= 1e-6 * Math.Max(1, Math.Abs(Answer));

    private static GsmTask Parse(string line, string place)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var answer = json.RootElement.GetProperty("answer").GetString()!;
            var mark = answer.LastIndexOf(AnswerMark, StringComparison.Ordinal);
            if (mark >= 0 && double.TryParse(answer.AsSpan(mark + AnswerMark.Length).Trim().ToString().Replace(",", "", StringComparison.Ordinal), CultureInfo.InvariantCulture, out var number))
                return new GsmTask(place, json.RootElement.GetProperty("question").GetString()!, number);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new AgentTeamsException($"{place} is no task in the format of GSM8K: {e.Message}", e);
        }

        throw new AgentTeamsException($"{place} has no number behind '{AnswerMark}' in its answer.");
    }
}
