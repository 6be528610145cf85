namespace AgentTeams.Models;

/// <summary>Makes ids of one word, as the model of a <c>tokenizer.json</c> does it. Safe for any number of threads.</summary>
internal interface IWordEncoder
{
    int[] Encode(ReadOnlySpan<char> word);
}
