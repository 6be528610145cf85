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
        var safe = arguments.ToDictionary(a => a.Key, a => Value(a.Value, text => vault.ProtectMember(a.Key, text)), StringComparer.Ordinal);
        return safe.All(a => ReferenceEquals(a.Value, arguments[a.Key])) ? arguments : safe;
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
        return error is OperationCanceledException || vault.Protect(told) == told ? error : new AgentTeamsException($"{error.GetType().Name}: {vault.Protect(error.Message)}");
    }

    private static AIContent Single(AIContent content, Func<string, string> change) => content switch
    {
        TextReasoningContent thought when change(thought.Text) is var safe && safe != thought.Text => new TextReasoningContent(safe),
        FunctionCallContent { Arguments: { } given } call => Arguments(call, given, change),
        FunctionResultContent result when Value(result.Result, change) is var safe && !ReferenceEquals(safe, result.Result) => new FunctionResultContent(result.CallId, safe),
        _ => content,
    };

    private static FunctionCallContent Arguments(FunctionCallContent call, IDictionary<string, object?> given, Func<string, string> change)
    {
        var safe = given.ToDictionary(a => a.Key, a => Value(a.Value, change), StringComparer.Ordinal);
        return safe.All(a => ReferenceEquals(a.Value, given[a.Key])) ? call : new(call.CallId, call.Name, safe) { InformationalOnly = call.InformationalOnly };
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
            if (Changed(messages[i].Contents, change) is var contents && ReferenceEquals(contents, messages[i].Contents)) continue;
            written ??= [.. messages];
            written[i] = new(messages[i].Role, contents) { AuthorName = messages[i].AuthorName, MessageId = messages[i].MessageId, CreatedAt = messages[i].CreatedAt };
        }

        return written ?? messages;
    }
}
