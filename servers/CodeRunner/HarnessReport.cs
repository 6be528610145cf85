using System.Text;
using System.Text.Json;

namespace AgentTeams.Servers;

/// <summary>What the harness told, taken out of the standard error on which it told it.</summary>
/// <param name="Started">Whether the interpreter came as far as the harness.</param>
/// <param name="End">How the harness says that the code ended; null if it was not able to.</param>
/// <param name="Stderr">What is left: the code's own.</param>
internal sealed record HarnessReport(bool Started, HarnessEnd? End, byte[] Stderr)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static HarnessReport Read(byte[] stderr, string token)
    {
        var mark = Encoding.ASCII.GetBytes($"\u001e{token} ");
        var (left, started, end) = (new MemoryStream(), false, (HarnessEnd?)null);
        ReadOnlySpan<byte> rest = stderr;
        while (rest.IndexOf(mark) is >= 0 and var at)
        {
            left.Write(rest[..at]);
            rest = rest[(at + mark.Length)..];
            var line = rest.IndexOf((byte)'\n') is >= 0 and var length ? rest[..length] : rest;
            rest = rest[Math.Min(line.Length + 1, rest.Length)..];
            try
            {
                var told = JsonSerializer.Deserialize<HarnessEnd>(line, Json);
                if (told?.Kind == "start") started = true;
                else end ??= told;
            }
            catch (JsonException)
            {
                // Cut off by a limit, which is what is reported then.
            }
        }

        left.Write(rest);
        return new(started, end, left.ToArray());
    }
}

/// <summary>How the harness says that the code ended.</summary>
internal sealed record HarnessEnd(string Kind, RunOutcome Outcome, string? Text, string? Denied, bool Inferred, int? Passed, int? Failed);
