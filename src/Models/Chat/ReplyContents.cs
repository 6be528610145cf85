using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>
/// The contents of a reply as they become certain. Call ids derive from the request, so they repeat when it does, but no other reply
/// of the conversation has them.
/// </summary>
internal sealed class ReplyContents(ChatTemplate template, ChatOptions? options, GenerationRequest request)
{
    // Templates take null for options that nobody knows any more; here it is known that there are none.
    private readonly ChatOptions _options = options ?? new();
    private string? _mark;
    private int _given;
    private int _givenChars;

    /// <summary>Whether a call was among the contents so far.</summary>
    public bool HasCalls { get; private set; }

    /// <summary>The contents since the last call; text and reasoning come in pieces.</summary>
    /// <param name="reply">The reply or a beginning of it.</param>
    /// <param name="isWhole">Whether nothing follows.</param>
    public List<AIContent> Next(string reply, bool isWhole)
    {
        var parsed = template.ParseReply(reply, _options, isWhole);
        var next = new List<AIContent>();
        while (_given < parsed.Count)
        {
            var content = parsed[_given];
            var text = content switch { TextContent t => t.Text, TextReasoningContent r => r.Text, _ => null };
            if (text is null || text.Length > _givenChars) next.Add(Rest(content));
            if (text is not null && !isWhole && _given == parsed.Count - 1)
            {
                _givenChars = Math.Max(_givenChars, text.Length);
                break;
            }

            (_given, _givenChars) = (_given + 1, 0);
        }

        return next;
    }

    private AIContent Rest(AIContent content)
    {
        switch (content)
        {
            case FunctionCallContent call:
                HasCalls = true;
                return new FunctionCallContent($"{call.CallId}-{_mark ??= Mark()}", call.Name, call.Arguments);
            case TextContent text when _givenChars > 0:
                return new TextContent(text.Text[_givenChars..]);
            case TextReasoningContent reasoning when _givenChars > 0:
                return new TextReasoningContent(reasoning.Text[_givenChars..]);
            default:
                return content;
        }
    }

    private string Mark()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(request.PromptIds.AsSpan()));
        hash.AppendData(BitConverter.GetBytes(request.Seed));
        hash.AppendData(Encoding.UTF8.GetBytes(request.Policy.ToString()));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 6));
    }
}
