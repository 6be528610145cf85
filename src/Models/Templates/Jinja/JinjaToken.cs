namespace AgentTeams.Models;

/// <summary>What a piece of a template is.</summary>
internal enum JinjaTokenKind
{
    Text,
    BlockBegin,
    BlockEnd,
    PrintBegin,
    PrintEnd,
    Name,
    String,
    Integer,
    Float,
    Sign,
    End,
}

/// <summary>A piece of a template: of strings the value, of everything else what is written.</summary>
internal readonly record struct JinjaToken(JinjaTokenKind Kind, string Value, int Line);
