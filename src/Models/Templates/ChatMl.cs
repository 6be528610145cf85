namespace AgentTeams.Models;

/// <summary>The frame around messages that the Qwen families share.</summary>
internal static class ChatMl
{
    public const string Start = "<|im_start|>", End = "<|im_end|>", EndOfText = "<|endoftext|>";

    /// <summary>Appends a whole message.</summary>
    public static PromptBuilder Message(this PromptBuilder prompt, string role, string text) => prompt.Begin(role).Text(text).Finish();

    /// <summary>Appends the head of a message.</summary>
    public static PromptBuilder Begin(this PromptBuilder prompt, string role) => prompt.Token(Start).Markup(role + "\n");

    /// <summary>Appends the end of a message.</summary>
    public static PromptBuilder Finish(this PromptBuilder prompt) => prompt.Token(End).Markup("\n");
}
