using System.Runtime.CompilerServices;
using System.Text.Json;

namespace AgentTeams.Storage;

/// <summary>Spans of a file in OTLP's JSON form.</summary>
internal static class OtlpFile
{
    public static async IAsyncEnumerable<Trajectory> ReadAsync(string path, ImportOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var file = new InputFile(path, options);
        var traces = new OrderedDictionary<string, List<OtlpSpan>>(StringComparer.Ordinal);
        await foreach (var line in ExportsAsync(file, path, cancellationToken).ConfigureAwait(false))
        {
            foreach (var json in file.Try(line, () => Spans(JsonElement.Parse(line.Bytes.Span)).ToList()) ?? [])
            {
                if (file.Try(line, () => Checked(OtlpSpan.Read(json))) is not { } span) continue;
                if (!traces.TryGetValue(span.TraceId, out var spans)) traces[span.TraceId] = spans = [];
                spans.Add(span);
            }
        }

        foreach (var (id, spans) in traces)
        {
            if (GenAiTrace.ToTrajectory(id, spans, options) is { } trajectory) yield return trajectory;
        }
    }

    /// <summary>Collectors write an export a line; people and tools one document over many lines, which stands as its first line here.</summary>
    private static async IAsyncEnumerable<InputLine> ExportsAsync(InputFile file, string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var isFirst = true;
        await foreach (var line in file.LinesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (isFirst && !IsJson(line.Bytes.Span))
            {
                var all = await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
                var document = all.AsMemory((int)line.Offset);
                if (IsJson(document.Span))
                {
                    yield return line with { Bytes = document };
                    yield break;
                }
            }

            isFirst = false;
            yield return line;
        }
    }

    private static IEnumerable<JsonElement> Spans(JsonElement export)
    {
        if (export.ValueKind == JsonValueKind.Array) return export.EnumerateArray().SelectMany(Spans);

        // A collector may write logs and metrics into the same file.
        if (export.ValueKind != JsonValueKind.Object || !export.EnumerateObject().Any(m => m.Name is "resourceSpans" or "resourceLogs" or "resourceMetrics"))
            throw new AgentTeamsException("It has no \"resourceSpans\", so it is no export of spans.");
        return
            from resource in export.ItemsOf("resourceSpans")
            from scope in resource.ItemsOf("scopeSpans")
            from span in scope.ItemsOf("spans")
            select span;
    }

    // Whether messages can be read shows here, where the line is known.
    private static OtlpSpan Checked(OtlpSpan span)
    {
        GenAiMessages.InputOf(span);
        GenAiMessages.OutputOf(span);
        return span;
    }

    private static bool IsJson(ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text);
            while (reader.Read()) { }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
