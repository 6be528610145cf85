using System.Globalization;
using System.Text;
using Microsoft.Extensions.AI;

namespace AgentTeams.Collaboration;

/// <summary>Secrets in messages, arguments and errors.</summary>
internal static class SecretContents
{
    /// <summary>The messages with placeholders; the same list where there was nothing to replace.</summary>
    public static IReadOnlyList<ChatMessage> Protect(SecretVault vault, IReadOnlyList<ChatMessage> messages) => Changed(messages, text => vault.Protect(text));

    /// <summary>The messages with their secrets; the same list where they have none.</summary>
    public static IReadOnlyList<ChatMessage> Reveal(SecretVault vault, IReadOnlyList<ChatMessage> messages) => Changed(messages, vault.Reveal);

    /// <summary>The arguments with placeholders; the same where there was nothing to replace.</summary>
    public static IReadOnlyDictionary<string, object?> Protect(SecretVault vault, IReadOnlyDictionary<string, object?> arguments)
    {
        var safe = Renamed(arguments, vault.Protect, (name, value) => Value(value, text => vault.ProtectMember(name, text)));
        return IsSame(safe, arguments) ? arguments : safe;
    }

    /// <summary>A message's contents with each text changed; texts that stand side by side are one. The same list where nothing changed.</summary>
    public static IList<AIContent> Changed(IList<AIContent> contents, Func<string, string> change)
    {
        var written = new List<AIContent>(contents.Count);
        var isChanged = false;
        for (var i = 0; i < contents.Count; i++)
        {
            if (contents[i] is TextContent first)
            {
                var end = i + 1;
                while (end < contents.Count && contents[end] is TextContent) end++;
                var text = end == i + 1 ? first.Text : string.Concat(contents.Skip(i).Take(end - i).Cast<TextContent>().Select(t => t.Text));
                if (change(text) is var safe && safe != text)
                {
                    written.Add(new TextContent(safe));
                    isChanged = true;
                }
                else
                {
                    written.AddRange(contents.Skip(i).Take(end - i));
                }

                i = end - 1;
                continue;
            }

            var other = Single(contents[i], change);
            isChanged |= !ReferenceEquals(other, contents[i]);
            written.Add(other);
        }

        return isChanged ? written : contents;
    }

    /// <summary>An error that may be told and logged: without secrets, also those of its causes.</summary>
    public static Exception Safe(SecretVault vault, Exception error)
    {
        var told = error.ToString();
        if (vault.Protect(told) == told) return error;
        return error is OperationCanceledException cancelled ? new OperationCanceledException(vault.Protect(error.Message), cancelled.CancellationToken) : new AgentTeamsException($"{error.GetType().Name}: {vault.Protect(error.Message)}");
    }

    /// <summary>Members with each name and each value changed. Two names that become one keep both values.</summary>
    public static Dictionary<string, object?> Renamed(IEnumerable<KeyValuePair<string, object?>> members, Func<string, string> change, Func<string, object?, object?> value)
    {
        var written = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, given) in members) written[Free(change(name), written.ContainsKey)] = value(name, given);
        return written;
    }

    /// <summary>The name, or one like it that nobody has.</summary>
    public static string Free(string name, Func<string, bool> isTaken)
    {
        var free = name;
        for (var i = 2; isTaken(free); i++) free = string.Create(CultureInfo.InvariantCulture, $"{name}#{i}");
        return free;
    }

    private static AIContent Single(AIContent content, Func<string, string> change) => content switch
    {
        TextReasoningContent thought when change(thought.Text) is var safe && safe != thought.Text => new TextReasoningContent(safe),
        FunctionCallContent { Arguments: { } given } call => Arguments(call, given, change),
        FunctionResultContent result when Value(result.Result, change) is var safe && !(ReferenceEquals(safe, result.Result) && IsSame(result.Exception?.ToString(), change)) => new FunctionResultContent(result.CallId, safe),
        ErrorContent error when !(IsSame(error.Message, change) && IsSame(error.Details, change)) => new ErrorContent(change(error.Message)) { Details = error.Details is { } details ? change(details) : null, ErrorCode = error.ErrorCode },
        // An address with a placeholder in it leads nowhere.
        UriContent link when Uri.UnescapeDataString(link.Uri.OriginalString) is var address && !IsSame(address, change) => new TextContent(change(address)),
        DataContent data when Text(data) is var text && !(IsSame(data.Name, change) && IsSame(text, change)) =>
            new DataContent(text is null ? data.Data : Encoding.UTF8.GetBytes(change(text)), data.MediaType) { Name = data.Name is { } name ? change(name) : null },
        _ => content,
    };

    private static bool IsSame(string? text, Func<string, string> change) => text is null || change(text) == text;

    private static bool IsSame(Dictionary<string, object?> safe, IEnumerable<KeyValuePair<string, object?>> given) => given.All(a => safe.TryGetValue(a.Key, out var value) && ReferenceEquals(value, a.Value));

    // Only texts can be read; what an image shows stays.
    private static string? Text(DataContent data) => data.HasTopLevelMediaType("text") || data.MediaType.Contains("json", StringComparison.OrdinalIgnoreCase) ? Encoding.UTF8.GetString(data.Data.Span) : null;

    private static FunctionCallContent Arguments(FunctionCallContent call, IDictionary<string, object?> given, Func<string, string> change)
    {
        var safe = Renamed(given, change, (_, value) => Value(value, change));
        return IsSame(safe, given) ? call : new(call.CallId, call.Name, safe) { InformationalOnly = call.InformationalOnly };
    }

    /// <summary>A value with each text in it changed; the same object where nothing changed.</summary>
    public static object? Value(object? value, Func<string, string> change)
    {
        switch (value)
        {
            case null or bool:
                return value;
            case string text:
                return change(text) is var safe && safe == text ? value : safe;
            case IList<AIContent> contents:
                return Changed(contents, change);
            default:
                var json = TrajectoryJson.ToElement(value);
                var changed = SecretJson.Change(json, change);
                return changed is { } other ? other : value;
        }
    }

    private static IReadOnlyList<ChatMessage> Changed(IReadOnlyList<ChatMessage> messages, Func<string, string> change)
    {
        ChatMessage[]? written = null;
        for (var i = 0; i < messages.Count; i++)
        {
            if (Changed(messages[i].Contents, change) is var contents && ReferenceEquals(contents, messages[i].Contents) && IsSame(messages[i].AuthorName, change)) continue;
            written ??= [.. messages];
            written[i] = new(messages[i].Role, contents) { AuthorName = messages[i].AuthorName is { } author ? change(author) : null, MessageId = messages[i].MessageId, CreatedAt = messages[i].CreatedAt };
        }

        return written ?? messages;
    }
}
