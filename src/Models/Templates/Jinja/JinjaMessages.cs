using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>Conversations and tools as published templates expect them.</summary>
internal static class JinjaMessages
{
    // Some templates insist on ids of nine letters and digits.
    private const string IdCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int IdLength = 9;

    /// <summary>The messages, each a mapping.</summary>
    /// <param name="messages">The conversation.</param>
    /// <param name="template">Names the template in errors.</param>
    /// <param name="guard">Changes a text of a role so that it cannot become a token of the template.</param>
    /// <exception cref="AgentTeamsException">A message holds what no text template has a place for.</exception>
    public static List<object?> Of(IEnumerable<ChatMessage> messages, string template, Func<string, string, string> guard)
    {
        List<ChatMessage> all = [.. messages];
        var names = all.SelectMany(m => m.Contents).OfType<FunctionCallContent>().GroupBy(c => c.CallId)
            .ToDictionary(g => g.Key, g => g.Last().Name, StringComparer.Ordinal);
        var results = new Queue<string>(all.SelectMany(m => m.Contents).OfType<FunctionResultContent>().Select(r => r.CallId));
        return [.. TemplateTurn.Of(all, template).Select(turn => (object?)Of(turn, names, results, guard))];
    }

    /// <summary>The tools, or null where there are none.</summary>
    public static object? Tools(ChatOptions? options, string template)
    {
        var tools = TemplateOptions.Tools(options, template);
        return tools.Count == 0 ? null : tools.ConvertAll(JinjaJson.Read);
    }

    private static JinjaMap Of(TemplateTurn turn, Dictionary<string, string> names, Queue<string> results, Func<string, string, string> guard)
    {
        var message = JinjaJson.Map(("role", turn.Role), ("content", guard(turn.Role, turn.Text)));
        if (turn.Reasoning is not null) message["reasoning_content"] = guard(turn.Role, turn.Reasoning);
        if (turn.Calls.Count > 0) message["tool_calls"] = turn.Calls.Select(call => (object?)Call(call, text => guard(turn.Role, text))).ToList();
        if (turn.Result is null) return message;
        var id = results.Dequeue();
        message["tool_call_id"] = IdOf(id);
        if (names.TryGetValue(id, out var name)) message["name"] = name;
        return message;
    }

    private static JinjaMap Call(FunctionCallContent call, Func<string, string> guard)
    {
        var arguments = JsonSerializer.SerializeToElement(call.Arguments ?? new Dictionary<string, object?>(), AIJsonUtilities.DefaultOptions);
        return JinjaJson.Map(("id", IdOf(call.CallId)), ("type", "function"),
            ("function", JinjaJson.Map(("name", guard(call.Name)), ("arguments", Guarded(JinjaJson.Read(arguments), guard)))));
    }

    private static object? Guarded(object? value, Func<string, string> guard) => value switch
    {
        string text => guard(text),
        List<object?> list => list.ConvertAll(i => Guarded(i, guard)),
        JinjaMap map => JinjaJson.Map(map.Select(p => (guard((string)p.Key), Guarded(p.Value, guard)))),
        _ => value,
    };

    private static string IdOf(string callId) =>
        string.Concat(SHA256.HashData(Encoding.UTF8.GetBytes(callId)).Take(IdLength).Select(b => IdCharacters[b % IdCharacters.Length]));
}
